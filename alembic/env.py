"""How Alembic reaches the database: one connection, one migrator at a time.

A migration that must not hold its locks for long commits what came before it, so the lock of the
migrator is one of the connection and not of a transaction.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, create_engine, pool, text

from alembic import context
from db.encrypted import SealedJson, SealedNumber, SealedText
from db.engine import libpq_url
from db.tables import Row

MIGRATOR_LOCK = 0x7061726C6579  # "parley": one migration at a time per database
CONNECT_S = 10

context_config = context.config


def render_item(kind: str, item: object, _autogenerate: object) -> str | Literal[False]:
    """Write sealed columns into migrations as the bytes they are."""
    if kind == "type" and isinstance(item, SealedText | SealedNumber | SealedJson):
        return "sa.LargeBinary()"
    return False


def migrate(connection: Connection) -> None:
    """Run the migrations on ``connection``; others wait for the lock and then find them done.

    The lock goes with the connection, which is to be closed afterwards.
    """
    context.configure(connection=connection, target_metadata=Row.metadata, render_item=render_item)
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATOR_LOCK})
    connection.commit()
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Migrate the database of the given URL."""
    url = context_config.attributes.get("database_url")
    if url is None:
        arguments = context.get_x_argument(as_dictionary=True)
        url = libpq_url(arguments.get("database_url", ""), "postgresql+psycopg")
    engine = create_engine(
        url, poolclass=pool.NullPool, connect_args={"connect_timeout": CONNECT_S}
    )
    with engine.connect() as connection:
        migrate(connection)
    engine.dispose()


main()

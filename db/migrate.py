"""Bring a database to the newest tables; safe when several processes start at once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.script import ScriptDirectory

from alembic import command
from core.errors import BrokenInvariantError
from db.engine import libpq_url

MIGRATIONS: Final = Path(__file__).resolve().parent.parent / "alembic"


def alembic_config(database_url: str | None = None) -> Config:
    """The configuration of our migrations, whatever the current directory is."""
    if not (MIGRATIONS / "env.py").is_file():
        raise BrokenInvariantError(
            f"The migrations are missing at {MIGRATIONS}: install Parley from its checkout "
            "with 'pip install -e .'."
        )
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    if database_url is not None:
        config.attributes["database_url"] = libpq_url(database_url, "postgresql+psycopg")
    return config


def upgrade(database_url: str, revision: str = "head") -> None:
    """Apply the missing migrations; of one that fails nothing is kept that hinders another try.

    Blocks while old rows are read, some seconds for a million: call it in a thread from asyncio.

    Raises:
        InvalidInputError: the URL is no Postgres URL.
        sqlalchemy.exc.SQLAlchemyError: the database refused; run it again.
    """
    command.upgrade(alembic_config(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Take migrations back to ``revision`` ("base": all of them, and with them all data)."""
    command.downgrade(alembic_config(database_url), revision)


def heads() -> tuple[str, ...]:
    """The newest revisions; exactly one, or two lines of work must be merged."""
    return tuple(ScriptDirectory.from_config(alembic_config()).get_heads())

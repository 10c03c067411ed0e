"""Where the graph keeps its checkpoints: an own schema, an own pool, sealed, and no lock.

The library's saver serialises all operations of a process behind one lock, even on a pool; each
operation here takes its own connection instead. Names and primitives at the top level of a
state are not sealed, so personal data never stands there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, LiteralString, TypeAlias

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    get_serializable_checkpoint_metadata,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncConnection, AsyncCursor
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from core.errors import InvalidInputError
from db.crypto import Keyring
from db.engine import IDLE_S, libpq_url

SCHEMA: Final = "checkpoints"
CIPHER: Final = "parley"  # stored beside each value; the key's id is inside it
PLACE: Final = "checkpoints.value"
SET_UP_LOCK: Final = 0x636B7074  # "ckpt": one process makes the tables
LOCK_POLL_S: Final = 0.05
STATEMENT_MS: Final = 2000  # a save takes 2 ms; a thousand times that is a fault
CONNECT_S: Final = 5


class SaverConnection(AsyncConnection[DictRow]):
    """A connection of the pool. ``used_s``: when it was last taken, by the monotonic clock."""

    used_s: float = 0.0


Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[DictRow]]


@dataclass(frozen=True, slots=True)
class KeyringCipher:
    """The keyring as LangGraph's serializer wants it."""

    keyring: Keyring

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        """Seal with the newest key."""
        return CIPHER, self.keyring.seal(plaintext, PLACE)

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        """Open with whichever key of the ring fits. Raises InvalidInputError."""
        if ciphername != CIPHER:
            raise InvalidInputError(f"A checkpoint was sealed by {ciphername}, not by Parley.")
        return self.keyring.open(ciphertext, PLACE)


class PoolSaver(AsyncPostgresSaver):
    """The library's saver on a pool, without its lock: saves of different calls overlap.

    It saves in one trip and on the loop: packing and sealing a long call takes less than handing
    it to a thread and back. Our state has no channel of deltas, which alone need more.
    """

    conn: Pool

    def __init__(self, pool: Pool, serde: EncryptedSerializer) -> None:
        super().__init__(pool, serde=serde)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Write the checkpoint and the values that are new in it: all of it or nothing."""
        place = config["configurable"]
        thread, namespace = place["thread_id"], place["checkpoint_ns"]
        values = checkpoint["channel_values"]
        plain = {name: value for name, value in values.items() if _stays_plain(value)}
        packed = {name: value for name, value in values.items() if name not in plain}
        versions = {name: new for name, new in new_versions.items() if name in packed}
        blobs = self._dump_blobs(thread, namespace, packed, versions)
        row = (
            thread,
            namespace,
            checkpoint["id"],
            place.get("checkpoint_id"),
            Jsonb({**checkpoint, "channel_values": plain}),
            Jsonb(get_serializable_checkpoint_metadata(config, metadata)),
        )
        async with self.conn.connection() as connection:
            given = [part for blob in blobs for part in blob]
            await connection.execute(_statement(len(blobs)), [*given, *row])
        configurable = {"thread_id": thread, "checkpoint_ns": namespace}
        return {"configurable": {**configurable, "checkpoint_id": checkpoint["id"]}}

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        async with self.conn.connection() as connection:
            if pipeline and self.supports_pipeline:
                async with (
                    connection.pipeline(),
                    connection.cursor(binary=True, row_factory=dict_row) as cursor,
                ):
                    yield cursor
            elif pipeline:
                async with (
                    connection.transaction(),
                    connection.cursor(binary=True, row_factory=dict_row) as cursor,
                ):
                    yield cursor
            else:
                async with connection.cursor(binary=True, row_factory=dict_row) as cursor:
                    yield cursor


def _stays_plain(value: object) -> bool:
    """Whether the library keeps such a value in the checkpoint's own row, in clear text."""
    return value is None or isinstance(value, str | int | float | bool)


@lru_cache(maxsize=16)  # a state has few channels
def _statement(blobs: int) -> LiteralString:
    """The library's two statements as one, for so many values."""
    checkpoint = AsyncPostgresSaver.UPSERT_CHECKPOINTS_SQL
    if not blobs:
        return checkpoint
    one = "(%s, %s, %s, %s, %s, %s)"
    values = AsyncPostgresSaver.UPSERT_CHECKPOINT_BLOBS_SQL.replace(one, ", ".join([one] * blobs))
    return f"WITH blobs AS ({values}) {checkpoint}"


async def look_before_use(connection: AsyncConnection[DictRow]) -> None:
    """Have the pool replace a connection that is gone, as the engine of our own tables does.

    Its end of the socket tells without a trip that the database closed it. Only a connection that
    lay idle is asked.

    Raises:
        psycopg.OperationalError: it is gone.
    """
    assert isinstance(connection, SaverConnection)
    connection.pgconn.consume_input()  # what the database said as it left, if it did
    connection.pgconn.consume_input()  # then the end
    now_s = time.monotonic()
    idle_s, connection.used_s = now_s - connection.used_s, now_s
    if idle_s > IDLE_S:
        await AsyncConnectionPool.check_connection(connection)


def conninfo(database_url: str, statement_ms: int = STATEMENT_MS) -> str:
    """``database_url`` for psycopg, with our schema in front. Raises InvalidInputError."""
    url = libpq_url(database_url).render_as_string(hide_password=False)
    return make_conninfo(
        url,
        application_name="parley checkpoints",
        connect_timeout=CONNECT_S,
        options=f"-c search_path={SCHEMA} -c statement_timeout={statement_ms}",
    )


def serializer(keyring: Keyring, allowed: tuple[tuple[str, str], ...] = ()) -> EncryptedSerializer:
    """Strict and sealed: rebuilds only plain values, LangChain messages and ``allowed`` types."""
    return EncryptedSerializer(
        KeyringCipher(keyring), JsonPlusSerializer(allowed_msgpack_modules=allowed)
    )


@asynccontextmanager
async def open_saver(
    database_url: str, keyring: Keyring, *, connections: int = 8, wait_s: float = 2.0
) -> AsyncIterator[PoolSaver]:
    """The saver of one process, on up to ``connections`` connections, for as long as the block.

    Raises:
        psycopg_pool.PoolTimeout: no connection within ``wait_s``; the database does not answer.
    """
    pool: Pool = AsyncConnectionPool(
        conninfo(database_url),
        connection_class=SaverConnection,
        min_size=min(2, connections),
        max_size=connections,
        timeout=wait_s,
        max_idle=300,
        max_lifetime=1800,
        check=look_before_use,
        # No named statements: behind a pooler they would belong to another connection.
        kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": None},
        open=False,
    )
    async with pool:
        await pool.wait(timeout=wait_s + CONNECT_S)
        yield PoolSaver(pool, serializer(keyring))


async def set_up(database_url: str) -> None:
    """Make the library's tables in our schema, which ``db.migrate.upgrade`` made. Idempotent.

    One process at a time: the others poll for the lock and hold no snapshot meanwhile, because
    the library builds indexes concurrently and would wait for every snapshot.
    """
    connection = await AsyncConnection.connect(
        conninfo(database_url, statement_ms=0),
        autocommit=True,
        row_factory=dict_row,
        prepare_threshold=None,
    )
    async with connection:
        while not await _try_lock(connection):  # noqa: ASYNC110  another process holds it
            await asyncio.sleep(LOCK_POLL_S)
        await AsyncPostgresSaver(connection).setup()


async def _try_lock(connection: AsyncConnection[DictRow]) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS got", (SET_UP_LOCK,))
    row = await cursor.fetchone()
    return row is not None and bool(row["got"])

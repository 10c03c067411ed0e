"""Who may come in: API keys, stream tokens, and the field key itself."""

from __future__ import annotations

import asyncio

import pytest

from api.stream_token import StreamTokens, TokenBook
from core.errors import InvalidInputError, NotFoundError, RefusedError
from db.api_keys import PostgresApiKeys
from db.crypto import Keyring, new_key_text
from db.engine import DatabaseConfig, make_engine
from db.installation import check_key
from db.stream_tokens import PostgresTokenBook
from db.tables.doors import ApiRole
from db.unit_of_work import Units
from tests.integration.db.scene import Desk


async def test_api_keys(desk: Desk) -> None:
    keys = PostgresApiKeys(desk.units, desk.clock, desk.entropy)
    assert await keys.holder(b"1") is None
    assert await keys.add_first("first", ApiRole.ADMIN, "parley_aaa", b"1")
    assert not await keys.add_first("first", ApiRole.ADMIN, "parley_bbb", b"2")
    await keys.add("dashboard", ApiRole.VIEWER, "parley_ccc", b"3")
    holder = await keys.holder(b"3")
    assert holder is not None
    assert (holder.label, holder.role) == ("dashboard", ApiRole.VIEWER)
    for _ in range(2):
        await keys.revoke("parley_ccc")
    assert await keys.holder(b"3") is None
    assert [(key.prefix, key.revoked_at is None) for key in await keys.all()] == [
        ("parley_aaa", True),
        ("parley_ccc", False),
    ]
    with pytest.raises(NotFoundError):
        await keys.revoke("parley_zzz")


async def test_processes_that_start_together_make_one_first_key(desk: Desk) -> None:
    keys = PostgresApiKeys(desk.units, desk.clock, desk.entropy)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                keys.add_first("first", ApiRole.ADMIN, f"parley_{i}", bytes([i])), name=f"start {i}"
            )
            for i in range(3)
        ]
    assert sorted(task.result() for task in tasks) == [False, False, True]


async def test_a_stream_token_opens_once(desk: Desk) -> None:
    card = await desk.talking()
    book: TokenBook = PostgresTokenBook(desk.units)
    tokens = StreamTokens(b"s" * 32, book, desk.clock, desk.entropy)
    token = tokens.issue(card.call_id)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(book.redeem(card.call_id, b"digest", desk.clock.now()), name=f"{i}")
            for i in range(4)
        ]
    assert sorted(task.result() for task in tasks) == [False, False, False, True]
    assert await tokens.redeem(token, str(card.call_id)) == card.call_id
    with pytest.raises(RefusedError, match="used before"):
        await tokens.redeem(token, str(card.call_id))


async def test_the_wrong_field_key_is_noticed_at_start(desk: Desk) -> None:
    for _ in range(2):
        await check_key(desk.units, desk.clock)
    engine = make_engine(DatabaseConfig(desk.url), Keyring.parse(new_key_text()))
    with pytest.raises(InvalidInputError, match="does not open this database's data") as refused:
        await check_key(Units(engine), desk.clock)
    assert refused.value.field == "PARLEY_KEY"
    await engine.dispose()


@pytest.mark.parametrize("url", ["", "redis://x", "sqlite:///x"])
def test_an_engine_wants_postgres(url: str) -> None:
    with pytest.raises(InvalidInputError, match="DATABASE_URL"):
        make_engine(DatabaseConfig(url), Keyring.parse(new_key_text()))


def test_a_config_hides_its_password() -> None:
    assert "secret" not in repr(DatabaseConfig("postgresql://u:secret@h/d"))

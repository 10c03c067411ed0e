"""Numbers of ours on real Postgres: added, changed, raced for, removed; and migrated back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import psycopg
import pytest

from core.call import Direction, EndReason, Outcome
from core.card import ScriptRef
from core.errors import InvalidInputError, NotFoundError, RefusedError
from core.ids import CallSid
from core.phone import PhoneNumber
from db.migrate import downgrade, upgrade
from db.numbers import BrandFacts, Change, PostgresNumberBook, ScriptChoice
from db.scripts import PostgresScriptShelf
from db.seed import DEMO_BRAND, DEMO_NUMBER
from db.tables.brands import ScriptOrigin
from tests.integration.db.scene import CALLER, Desk

OURS = PhoneNumber("+442079460123")
ROWAN = BrandFacts("Rowan", "four Mill Lane", PhoneNumber("+448081570144"), "Europe/London", "GB")
HARTLEY = replace(ROWAN, name="Hartley and Moss Estate Agents", freephone=None)
SHIPPED_IN, SHIPPED_OUT = (ScriptChoice(f"estate_agency_{way}bound") for way in ("in", "out"))


@pytest.fixture
def book(desk: Desk) -> PostgresNumberBook:
    return PostgresNumberBook(desk.units, desk.keyring, desk.clock, desk.entropy)


async def test_a_number_with_a_script_and_brand_of_its_own(
    desk: Desk, book: PostgresNumberBook
) -> None:
    made = await book.add(OURS, ROWAN, ScriptChoice("rowan", "name: rowan\n"), None)
    assert (made.change, made.has_new_brand, made.before) == (Change.ADDED, True, None)
    assert [(p.script, p.is_new) for p in made.published] == [(ScriptRef("rowan", 1), True)]
    own = await desk.brands.by_number(OURS)
    assert own == made.own
    assert (own.inbound, own.outbound) == (ScriptRef("rowan", 1), None)
    assert (own.brand.name, own.brand.freephone) == ("Rowan", ROWAN.freephone)
    card = await desk.calls.receive(CallSid("CA9"), OURS, CALLER, desk.clock.now())
    assert card is not None
    assert (card.brand, card.script) == (own.brand.id, ScriptRef("rowan", 1))
    with pytest.raises(NotFoundError, match="outbound script"):
        await desk.brands.line(OURS, None)
    assert (await desk.brands.line(None, None)).number == DEMO_NUMBER
    assert (await desk.brands.first()).number == OURS


async def test_adding_again_changes_only_what_is_different(
    desk: Desk, book: PostgresNumberBook
) -> None:
    choice = ScriptChoice("rowan", "name: rowan\n")
    await book.add(OURS, ROWAN, choice, None)
    again = await book.add(OURS, ROWAN, choice, None)
    assert (again.change, again.has_new_brand) == (Change.UNCHANGED, False)
    assert [version.is_new for version in again.published] == [False]
    newer = await book.add(OURS, ROWAN, ScriptChoice("rowan", "name: rowan # 2\n"), None)
    assert (newer.change, newer.own.inbound) == (Change.CHANGED, ScriptRef("rowan", 2))
    calls = await book.add(OURS, ROWAN, ScriptChoice("rowan"), SHIPPED_OUT)
    assert calls.own.outbound == ScriptRef(SHIPPED_OUT.name, 1)
    assert (await desk.brands.line(None, None)).number == OURS  # before the demonstration's
    kept = await book.add(OURS, ROWAN, ScriptChoice("rowan"), None)
    assert (kept.change, kept.own.outbound) == (Change.UNCHANGED, calls.own.outbound)
    assert await desk.rows("SELECT count(*) FROM numbers") == [(2,)]


async def test_a_number_may_move_to_another_brand(desk: Desk, book: PostgresNumberBook) -> None:
    shelf = PostgresScriptShelf(desk.units, desk.clock)
    await shelf.publish("rowan_out", "name: rowan_out\n")
    await book.add(OURS, ROWAN, SHIPPED_IN, ScriptChoice("rowan_out"))
    moved = await book.add(OURS, HARTLEY, SHIPPED_IN, None)
    assert (moved.change, moved.own.brand.id) == (Change.CHANGED, DEMO_BRAND)
    assert moved.own.outbound == ScriptRef(SHIPPED_OUT.name, 1)  # the brand's own


async def test_all_or_nothing(desk: Desk, book: PostgresNumberBook) -> None:
    choice = ScriptChoice("rowan", "name: rowan\n")
    with pytest.raises(NotFoundError, match="unwritten"):
        await book.add(OURS, ROWAN, choice, ScriptChoice("unwritten"))
    with pytest.raises(InvalidInputError) as refused:
        await book.add(OURS, replace(ROWAN, freephone=None), choice, None)
    assert refused.value.field == "brand.freephone"
    for table, count in (("brands", 1), ("numbers", 1), ("scripts WHERE name = 'rowan'", 0)):
        assert await desk.rows(f"SELECT count(*) FROM {table}") == [(count,)]


async def test_rivals_make_one_number_and_one_brand(desk: Desk, book: PostgresNumberBook) -> None:
    choice = ScriptChoice("rowan", "name: rowan\n")
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(book.add(OURS, ROWAN, choice, None), name=f"add {i}")
            for i in range(3)
        ]
    changes = sorted(task.result().change for task in tasks)
    assert changes == [Change.ADDED, Change.UNCHANGED, Change.UNCHANGED]


async def test_a_number_in_use_stays_and_stored_calls_outlive_it(
    desk: Desk, book: PostgresNumberBook
) -> None:
    await book.add(OURS, HARTLEY, SHIPPED_IN, None)
    card = replace(desk.card("CA1"), direction=Direction.INBOUND, ours=OURS)
    await desk.log().opened(card, ["espeak"])
    with pytest.raises(RefusedError) as refused:
        await book.remove(OURS)
    assert refused.value.code == "NUMBER_IN_USE"
    await desk.log().ended(card.call_id, EndReason.CALLER_HUNG_UP, Outcome.COMPLETED, None)
    assert (await book.remove(OURS)).number == OURS
    with pytest.raises(NotFoundError, match="number of ours"):
        await book.remove(OURS)
    assert await desk.calls.receive(CallSid("CA2"), OURS, CALLER, desk.clock.now()) is None
    assert (await desk.shown(card))["to"] == OURS.e164


async def test_the_shelf_shows_the_newest_of_each(desk: Desk) -> None:
    shelf = PostgresScriptShelf(desk.units, desk.clock)
    await shelf.publish("rowan", "name: rowan\n")
    newest = await shelf.shelve("rowan", "name: rowan # 2\n")
    assert newest.is_new
    assert not (await shelf.shelve("rowan", "name: rowan # 2\n")).is_new
    found = await shelf.all()
    names = [SHIPPED_IN.name, SHIPPED_OUT.name, "rowan"]
    assert [shelved.script.name for shelved in found] == names
    assert found[-1].script == newest.script
    assert found[-1].origin is ScriptOrigin.OPERATOR


def test_a_brand_without_an_outbound_script_survives_a_step_back(fresh_database: str) -> None:
    upgrade(fresh_database)
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO brands (id, name, address, freephone, timezone, jurisdiction,"
            " suppression_scope, inbound_script, created_at) VALUES (gen_random_uuid(), 'Rowan',"
            " 'x', '\\x00', 'Europe/London', 'GB', 'brand', 'rowan', '2026-11-23')"
        )
        downgrade(fresh_database, "0001")
        found = connection.execute("SELECT outbound_script FROM brands").fetchall()
    assert found == [("rowan",)]
    upgrade(fresh_database)

"""What an installation starts with: brands, numbers, scripts, prices, and its diary."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from agents.ports import Calendar
from campaigns.ports import LineBook
from core.card import ScriptRef
from core.errors import NotFoundError
from core.phone import PhoneNumber
from db.brands import PostgresBrandBook
from db.diary import PostgresDiary
from db.scripts import PostgresScriptShelf, shipped_names, shipped_text
from db.seed import DEMO_NUMBER, seed
from db.unit_of_work import Units
from graph.ports import ScriptShelf
from tests.integration.db.scene import CALLER, NOON, PRICES, Desk, HandClock, booking, record


async def test_the_demonstration_brand_answers_its_number(desk: Desk) -> None:
    own = await desk.brands.by_number(DEMO_NUMBER)
    assert own.brand.name == "Hartley & Moss Estate Agents"
    assert own.brand.timezone == "Europe/London"
    assert own.brand.freephone == PhoneNumber("+448081570100")
    assert own.inbound == ScriptRef("estate_agency_inbound", 1)
    assert [line.number for line in await desk.brands.numbers()] == [DEMO_NUMBER]
    with pytest.raises(NotFoundError):
        await desk.brands.by_number(CALLER)


async def test_lines_to_call_from(desk: Desk) -> None:
    book: LineBook = desk.brands
    line = await book.line(None, None)
    assert line.number == DEMO_NUMBER
    assert line.script == ScriptRef("estate_agency_outbound", 1)
    assert await book.line(DEMO_NUMBER, "estate_agency_outbound") == line
    with pytest.raises(NotFoundError, match="script"):
        await book.line(None, "unheard_of")
    with pytest.raises(NotFoundError, match="number"):
        await book.line(CALLER, None)


async def test_no_line_without_numbers(migrated_url: str, desk: Desk) -> None:
    await desk.rows("DELETE FROM numbers RETURNING 1")
    with pytest.raises(NotFoundError, match="number of ours"):
        await PostgresBrandBook(desk.units, desk.keyring).line(None, None)


async def test_seeding_again_changes_nothing(desk: Desk) -> None:
    async with asyncio.TaskGroup() as group:
        for i in range(3):
            group.create_task(seed(desk.units, desk.keyring, desk.clock, PRICES), name=f"seed {i}")
    for table, count in (("brands", 1), ("numbers", 1), ("prices", 2)):
        assert await desk.rows(f"SELECT count(*) FROM {table}") == [(count,)]


async def test_the_price_in_force_is_the_latest_read_when_the_call_opened(desk: Desk) -> None:
    day = NOON.date()
    dearer = replace(PRICES[0], usd=Decimal("1.00"), read_on=day + timedelta(days=2))
    await seed(desk.units, desk.keyring, desk.clock, (dearer,))
    early = await desk.talking("CA1")
    desk.clock.move(timedelta(days=2))
    late = await desk.talking("CA2")
    for card in (early, late):
        await desk.turns().commit(card.call_id, record(1), None, None)
    query = "SELECT micros FROM usage_events WHERE sku = 'llm/x' ORDER BY id"
    assert await desk.rows(query) == [(123,), (1234,)]


async def test_scripts_are_versioned_and_never_change(desk: Desk) -> None:
    shelf = PostgresScriptShelf(desk.units, desk.clock)
    port: ScriptShelf = shelf
    first = await shelf.publish("own_script", "name: own_script\n")
    assert await shelf.publish("own_script", "name: own_script\n") == first
    second = await shelf.publish("own_script", "name: own_script # better\n")
    assert (first.version, second.version) == (1, 2)
    assert await shelf.latest("own_script") == second
    assert await port.text(first) == "name: own_script\n"
    with pytest.raises(NotFoundError):
        await shelf.latest("none")
    with pytest.raises(NotFoundError):
        await shelf.text(ScriptRef("own_script", 3))
    with pytest.raises(NotFoundError):
        await shelf.text(ScriptRef("../secrets", 0))


async def test_rival_publications_get_versions_of_their_own(desk: Desk) -> None:
    shelf = PostgresScriptShelf(desk.units, desk.clock)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(shelf.publish("s", f"text {i}"), name=f"publish {i}")
            for i in range(3)
        ]
    assert sorted(task.result().version for task in tasks) == [1, 2, 3]


async def test_the_shipped_scripts_are_version_zero_and_never_cover_an_operators(
    desk: Desk,
) -> None:
    shelf = PostgresScriptShelf(desk.units, desk.clock)
    assert "estate_agency_outbound" in shipped_names()
    text = await shelf.text(ScriptRef("estate_agency_outbound", 0))
    assert text == shipped_text("estate_agency_outbound")
    assert await shelf.latest("estate_agency_outbound") == ScriptRef("estate_agency_outbound", 1)
    assert await shelf.text(ScriptRef("estate_agency_outbound", 1)) != text


async def test_an_empty_installation_gets_the_shipped_scripts(
    migrated_url: str, desk: Desk
) -> None:
    await desk.rows("DELETE FROM scripts RETURNING 1")
    await seed(desk.units, desk.keyring, HandClock(), PRICES)
    shelf = PostgresScriptShelf(Units(desk.engine), desk.clock)
    assert await shelf.text(ScriptRef("estate_agency_outbound", 1)) == shipped_text(
        "estate_agency_outbound"
    )


async def test_the_diary_shows_what_overlaps(desk: Desk) -> None:
    card = await desk.talking()
    at = NOON + timedelta(days=1)
    for number, start in enumerate((at + timedelta(hours=2), at), start=1):
        await desk.turns().commit(
            card.call_id, record(number, booking(card, number, start)), None, None
        )
    diary: Calendar = PostgresDiary(desk.units)
    length = timedelta(minutes=45)
    both = [(at, at + length), (at + timedelta(hours=2), at + timedelta(hours=2) + length)]
    assert await diary.taken(card.brand, at, at + timedelta(days=1)) == both
    assert await diary.taken(card.brand, at + length, at + timedelta(hours=2)) == []
    assert await diary.taken(card.brand, at + timedelta(minutes=44), at + length) == both[:1]


async def test_the_list_of_calls_is_newest_first_and_pages(desk: Desk) -> None:
    cards = []
    for number in range(3):
        cards.append(await desk.talking(f"CA{number}"))
        desk.clock.move(timedelta(seconds=1))
    newest = await desk.views.recent(2)
    assert [line["call_sid"] for line in newest] == ["CA2", "CA1"]
    assert newest[0]["from"] == DEMO_NUMBER.e164
    assert newest[0]["to"] == CALLER.e164
    assert newest[0]["brand"] == "Hartley & Moss Estate Agents"
    older = await desk.views.recent(2, before=cards[1].call_id)
    assert [line["call_sid"] for line in older] == ["CA0"]

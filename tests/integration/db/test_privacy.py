"""No phone number, name or word of a call stands in the database as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import empty_checkpoint

from app.checkpoints import open_saver, set_up
from core.call import EndReason, Outcome
from core.effects import EffectTool
from core.speech import Heard, Transition
from tests.integration.db.scene import CALLER, NOON, Desk, booking, effect, record

SECRETS = (
    CALLER.e164,
    CALLER.e164[1:],
    "442079460100",
    "448081570100",
    "Pemberton",
    "my neighbour told me",
    "Lovely, you are booked",
    "stop ringing me please",
    "after the school run",
    "they moved house in May",
)


async def test_everything_personal_is_sealed(desk: Desk) -> None:
    card = await desk.talking()
    book = desk.turns()
    at = NOON + timedelta(days=1)
    await book.commit(
        card.call_id, record(1, booking(card, 1, at), said="my neighbour told me"), None, None
    )
    later = effect(
        card, 2, EffectTool.REQUEST_CALLBACK, due_at=None, wording="after the school run"
    )
    leave = effect(card, 2, EffectTool.OPT_OUT, wording="stop ringing me please")
    heard = Heard(1, "Lovely, you are booked", ".", 800)
    second = record(2, later, leave)
    moved = Transition("scheduler", "greeting", "greeting", "they moved house in May")
    second = replace(second, result=replace(second.result, transitions=(moved,)))
    await book.commit(card.call_id, second, None, heard)
    await desk.log().ended(card.call_id, EndReason.CALLER_HUNG_UP, Outcome.OPTED_OUT, None)
    await _save_a_checkpoint(desk, str(card.call_id))

    found = _everything(desk.url)
    assert "estate_agency_outbound" in found  # the dump does hold what may be read
    assert str(card.call_id) in found
    for secret in SECRETS:
        assert secret not in found
        assert secret.encode().hex() not in found


async def _save_a_checkpoint(desk: Desk, thread: str) -> None:
    await set_up(desk.url)
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"messages": [HumanMessage("my neighbour told me", id="1")]}
    checkpoint["channel_versions"] = {"messages": "1"}
    async with open_saver(desk.url, desk.keyring, connections=1) as saver:
        await saver.aput(
            {"configurable": {"thread_id": thread, "checkpoint_ns": ""}},
            checkpoint,
            {"source": "update", "step": 1, "parents": {}},
            {"messages": "1"},
        )


def _everything(url: str) -> str:
    """Every row of every table of ours and of the checkpoints, as text; bytes in hex."""
    parts = []
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables "
            "WHERE table_schema IN ('public', 'checkpoints')"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f"SELECT t::text FROM {table} t").fetchall()
            parts += [f"{table}: {row}" for (row,) in rows]
    return "\n".join(parts)

"""A server killed between two turns: another one goes on where the conversation stood."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import urlsafe_b64encode
from dataclasses import replace
from pathlib import Path

from agents.script_loader import shipped_text
from core.card import CallCard
from db.scripts import PostgresScriptShelf
from tests.integration.db.interrupted_talk import process, resumed
from tests.integration.db.scene import Desk

ROOT = Path(__file__).parents[3]
BEFORE = ["yes speaking", "yes i do", "three bedrooms"]
AFTER = ["within three months", "the first one please", "yes please"]


def talk_and_die(desk: Desk, card: CallCard) -> list[str]:
    """One process talks and is killed; what it answered."""
    key = urlsafe_b64encode(desk.keyring.keys[0].secret).decode()
    command = [sys.executable, "-m", "tests.integration.db.interrupted_talk"]
    command += [desk.url, key, str(card.call_id), json.dumps(BEFORE)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline().strip() for _ in range(len(BEFORE) + 1)]
        child.kill()
    return said


async def test_the_conversation_goes_on_in_another_process(desk: Desk) -> None:
    shelf = PostgresScriptShelf(desk.units, desk.clock)
    name = "estate_agency_outbound"
    card = replace(desk.card(), script=await shelf.publish(name, shipped_text(name)))
    await desk.log("one").opened(card, ["script-brain/1"])
    said = talk_and_die(desk, card)
    assert said[-1].startswith("When are you thinking of moving?")

    await desk.rows("UPDATE calls SET lease_owner = NULL RETURNING 1")  # the lease runs out
    async with process(desk.url, desk.keyring, "two") as storage:
        answers = [reply async for reply in resumed(storage, card, AFTER)]
    assert "Which would suit you?" in answers[0]
    assert answers[1].endswith("Shall I book it?")
    assert answers[2].startswith("That is booked for")

    shown = await desk.shown(card)
    assert [turn["number"] for turn in shown["turns"]] == list(range(1, 8))
    assert [turn["caller_said"] for turn in shown["turns"]][1:] == BEFORE + AFTER
    assert len(shown["bookings"]) == 1

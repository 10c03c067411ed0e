"""A process killed in the middle of its work leaves whole turns and a call that is closed."""

from __future__ import annotations

import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

from db.crypto import Keyring
from tests.integration.db.scene import Desk

ROOT = Path(__file__).parents[3]
TURNS_BEFORE_THE_KILL = 8


def kill_in_the_middle(url: str, keyring: Keyring) -> int:
    """Let a process commit some turns, then kill it; the last turn that it saw committed."""
    key = urlsafe_b64encode(keyring.keys[0].secret).decode()
    command = [sys.executable, "-m", "tests.integration.db.endless_commits", url, key]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = 0
        for line in process.stdout:
            told = int(line)
            if told >= TURNS_BEFORE_THE_KILL:
                process.kill()
    return told


async def test_nothing_is_half_written(desk: Desk) -> None:
    told = kill_in_the_middle(desk.url, desk.keyring)
    counts = {
        table: (await desk.rows(f"SELECT count(*) FROM {table}"))[0][0]
        for table in ("turns", "bookings", "effects", "agent_transitions")
    }
    (written,) = set(counts.values())
    assert isinstance(written, int)
    assert told <= written <= told + 1
    assert await desk.rows("SELECT count(*) FROM usage_events") == [(2 * written,)]
    facts = "SELECT count(*) FROM events WHERE kind = 'appointment_booked'"
    assert await desk.rows(facts) == [(written,)]

    (closed,) = await desk.log("two").close_orphans(desk.clock.now(), dead_owners={"one"})
    assert await desk.rows("SELECT state, end_reason FROM calls") == [("ended", "process_died")]
    assert len(await desk.turns("two").turns_after(closed, 0)) == written

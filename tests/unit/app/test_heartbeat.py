"""The heartbeat of workers: the living are heard, the dead are not, the hanging are told apart."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from app.heartbeat import BEAT_S, FOLDER, STALE_S, ages_s, are_well, heart
from core.errors import InvalidInputError
from tests.fakes.clock import RepeatableEntropy, ToldClock


async def test_a_worker_is_heard_while_it_lives(tmp_path: Path) -> None:
    clock = ToldClock()
    with heart(tmp_path, clock, RepeatableEntropy()) as heartbeat:
        await heartbeat.beat()
        clock.pass_s(7)
        assert ages_s(tmp_path, clock) == [7]
        await heartbeat.beat()
        assert ages_s(tmp_path, clock) == [0]
    assert ages_s(tmp_path, clock) == []
    assert list((tmp_path / FOLDER).iterdir()) == []


async def test_of_two_workers_the_one_that_hangs_is_seen(tmp_path: Path) -> None:
    clock, entropy = ToldClock(), RepeatableEntropy()
    with heart(tmp_path, clock, entropy) as one, heart(tmp_path, clock, entropy) as two:
        await one.beat()
        await two.beat()
        assert are_well(ages_s(tmp_path, clock))
        clock.pass_s(STALE_S)
        await two.beat()
        assert sorted(ages_s(tmp_path, clock)) == [0, STALE_S]
        assert not are_well(ages_s(tmp_path, clock))


def test_a_killed_worker_is_none(tmp_path: Path) -> None:
    clock = ToldClock()
    left = tmp_path / FOLDER / f"{os.uname().nodename}-1-abcd"
    elsewhere = tmp_path / FOLDER / "another-machine-1-abcd"
    left.parent.mkdir()
    left.touch()
    elsewhere.touch()
    assert ages_s(tmp_path, clock) == []
    assert list(left.parent.iterdir()) == [elsewhere]  # its own machine's check removes it


def test_a_host_is_not_taken_for_another_with_a_longer_name(tmp_path: Path) -> None:
    clock, host = ToldClock(), os.uname().nodename
    (tmp_path / FOLDER).mkdir()
    with (tmp_path / FOLDER / f"{host}-two-1-abcd").open("x") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert ages_s(tmp_path, clock) == []


def test_a_start_removes_what_killed_containers_left_and_nothing_of_the_living(
    tmp_path: Path,
) -> None:
    clock, folder = ToldClock(), tmp_path / FOLDER
    folder.mkdir()
    (folder / "a-killed-container-1-abcd").touch()
    (folder / ".one-that-starts-1-abcd").touch()
    with (folder / "another-host-1-abcd").open("x") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with heart(tmp_path, clock, RepeatableEntropy()):
            assert len(ages_s(tmp_path, clock)) == 1
        left = {path.name for path in folder.iterdir()}
    assert left == {"another-host-1-abcd", ".one-that-starts-1-abcd"}


def test_a_folder_that_takes_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("not a folder")
    with (
        pytest.raises(InvalidInputError, match="PARLEY_DATA_DIR"),
        heart(tmp_path, ToldClock(), RepeatableEntropy()),
    ):
        pass


def test_without_a_worker_nothing_is_well(tmp_path: Path) -> None:
    assert ages_s(tmp_path, ToldClock()) == []
    assert not are_well([])


@pytest.mark.parametrize(
    ("ages", "well"), [([0.0], True), ([STALE_S], False), ([STALE_S - 1, 1.0], True)]
)
def test_a_few_beats_may_be_missed(ages: list[float], well: bool) -> None:
    assert are_well(ages) is well
    assert BEAT_S * 3 < STALE_S

"""The figures of the voice bench, on calls that were put together by hand."""

from __future__ import annotations

import numpy as np

from app.bench.engines import hum
from app.bench.voice_ledger import Ledger, Sound, holes, spans
from app.bench.voice_measures import (
    CallFigures,
    NoiseTime,
    Said,
    figure,
    reply_to,
    silence_after,
    spoke_on,
    under_noise,
)
from app.bench.voice_row import HEAD, Row, row_of
from app.bench.voice_server import Target, Use
from app.bench.voice_speech import Clip, at_level, kinds
from emulator.g711 import SILENT_FRAME, dbfs, encode

MS = 8  # samples
TONE = encode(hum(0, 1600))  # 200 ms
LATER = 1 << 62


def near(sound: Sound, start: int, end: int) -> bool:
    """Whether the sound has these edges, in samples, but for the quiet beginning of a wave."""
    return abs(sound.start - start) <= 4 and abs(sound.end - end) <= 8


def played(*pieces: tuple[int, bytes]) -> Ledger:
    """A ledger in which each piece arrived at its sample."""
    ledger = Ledger()
    for at, audio in pieces:
        ledger.advance(at)
        ledger.put(audio)
    ledger.advance(80_000)
    return ledger


def test_sound_sent_ahead_is_one_stretch() -> None:
    (sound,) = played((800, TONE), (900, TONE), (1000, TONE)).sounds()
    assert near(sound, 800, 5600)


def test_an_empty_buffer_is_a_hole_even_at_a_mark() -> None:
    ledger = Ledger()
    ledger.put(TONE)
    ledger.playout.mark("end of a sentence")
    ledger.advance(1600 + 400)
    ledger.put(TONE)
    ledger.advance(8000)
    (hole,) = holes(ledger.sounds(), ledger.clears)
    assert 45 <= hole.ms <= 55
    assert ledger.playout.holes() == ()  # the emulator's own rule lets a mark excuse it


def test_silence_that_is_sent_is_a_hole_like_one_that_is_not() -> None:
    ledger = played((0, TONE + SILENT_FRAME * 5 + TONE))
    (hole,) = holes(ledger.sounds(), ledger.clears)
    assert 98 <= hole.ms <= 104


def test_neither_a_blink_nor_a_pause_nor_a_clear_is_a_hole() -> None:
    blink = played((0, TONE), (1600 + 19 * MS - 8, TONE))
    pause = played((0, TONE), (1600 + 1010 * MS, TONE))
    assert holes(blink.sounds(), []) == holes(pause.sounds(), []) == ()
    ledger = Ledger()
    ledger.put(TONE)
    ledger.advance(800)
    assert ledger.clear() == ()
    ledger.advance(2400)
    ledger.put(TONE)
    ledger.advance(8000)
    assert ledger.clears == [800]
    assert holes(ledger.sounds(), ledger.clears) == ()
    assert len(holes(ledger.sounds(), [])) == 1


def test_a_clear_without_sound_to_take_away_is_none() -> None:
    ledger = played((0, TONE))
    ledger.clear()
    assert ledger.clears == []


def test_leading_silence_is_not_the_beginning_of_a_reply() -> None:
    (sound,) = played((0, SILENT_FRAME * 3 + TONE + SILENT_FRAME)).sounds()
    assert near(sound, 480, 2080)


def test_the_present_span_and_its_quiet() -> None:
    ledger = played((800, TONE), (1600, TONE))
    assert abs(ledger.began - 800) <= 4
    assert abs(ledger.last_loud - 4000) <= 8
    assert abs(ledger.quiet_ms - (80_000 - 4000) / MS) <= 1


def test_a_reply_is_measured_from_the_last_sound_of_the_speech() -> None:
    said = Said("a", 8000, 16_000, 60_000)
    reply = reply_to(said, [Sound(0, 4000), Sound(18_400, 24_000), Sound(24_800, 30_000)])
    assert (reply.v2v_ms, reply.is_early, reply.is_missed) == (300.0, False, False)


def test_a_reply_into_the_speech_is_early_and_the_one_after_it_is_measured() -> None:
    said = Said("a", 8000, 16_000, 60_000)
    reply = reply_to(said, [Sound(12_000, 12_800), Sound(17_600, 24_000)])
    assert (reply.v2v_ms, reply.is_early) == (200.0, True)
    only = reply_to(said, [Sound(12_000, 24_000)])
    assert (only.v2v_ms, only.is_early, only.is_missed) == (None, True, False)


def test_no_reply_in_time_is_a_missed_one() -> None:
    said = Said("a", 8000, 16_000, 70_000)
    assert reply_to(said, [Sound(0, 9000)]).is_missed
    assert reply_to(said, [Sound(16_000 + 4001 * MS, 70_000)]).is_missed
    assert reply_to(Said("a", 8000, 16_000, 20_000), [Sound(20_000, 24_000)]).is_missed


def test_an_interruption_lasts_until_the_clear_took_the_sound_away() -> None:
    sounds = [Sound(0, 9200), Sound(30_000, 40_000)]
    assert silence_after(8000, sounds, [9200]) == 150.0
    assert silence_after(8000, sounds, []) is None  # it had ended anyway
    assert silence_after(8000, [Sound(0, 40_000)], []) is None
    assert silence_after(8000, [Sound(0, 40_000)], [40_000]) is None  # too late


def test_an_agent_that_goes_on_before_the_caller_has_ended_spoke_on() -> None:
    said = Said("a", 8000, 16_000, LATER)
    assert spoke_on(said, 150.0, [Sound(0, 9200), Sound(12_000, 14_000)])
    assert not spoke_on(said, 150.0, [Sound(0, 9200), Sound(17_000, 18_000)])


def test_noise_that_stops_the_agent_for_good_and_noise_that_makes_it_hesitate() -> None:
    sounds = [Sound(0, 8000), Sound(12_000, 20_000), Sound(40_000, 48_000)]
    stretch = under_noise(("hall", -30.0, False), 4000, 30_000, sounds, [8000, 20_000])
    assert (stretch.false_stops, stretch.hesitations) == (1, 1)
    assert stretch.spoken_ms == 1500.0


def test_spans_close_short_gaps() -> None:
    sounds = [Sound(0, 800), Sound(800 + 300 * MS, 4000), Sound(4000 + 301 * MS, 8000)]
    assert spans(sounds) == (Sound(0, 4000), Sound(6408, 8000))


def test_percentiles_are_figures_that_were_seen() -> None:
    found = figure([float(value) for value in range(100, 0, -1)])
    assert found is not None
    assert (found.count, found.p50, found.p95, found.p99, found.top) == (100, 50, 95, 99, 100)
    assert figure([]) is None


def test_noise_is_as_loud_as_it_is_said_to_be() -> None:
    noise = np.random.default_rng(1).normal(0, 300, 16_000).astype(np.int16)
    for level in (-50.0, -30.0):
        assert abs(dbfs(encode(at_level(noise, level))) - level) < 0.5


def test_a_call_counts_for_as_long_as_it_was_held_within_the_stretch() -> None:
    assert CallFigures(held_s=(90.0, 130.0)).held_within(100.0, 160.0) == 30.0
    assert CallFigures(held_s=(110.0, 120.0)).held_within(100.0, 160.0) == 10.0
    assert CallFigures(held_s=(170.0, 180.0)).held_within(100.0, 160.0) == 0.0
    assert CallFigures().held_within(100.0, 160.0) == 0.0


HERE = Target("parley", "http://127.0.0.1:1", "")


def ramp(*held: tuple[float, float] | None) -> Row:
    """A step of a minute: 6 s of the gateway's processor, and 30 MB."""
    idle = Use(90.0, memory_mb=100.0)
    others = {"postgres": 1.0, "bench-ears": 1.0, "smart-turn": 1.0}
    before = Use(100.0, 10.0, {}, others, 40.0)
    others = {"postgres": 4.0, "bench-ears": 3.0, "smart-turn": 7.0}
    after = Use(160.0, 16.0, {}, others, 49.0, 130.0)
    calls = [CallFigures(held_s=each) for each in held]
    return row_of("ramp", HERE, len(calls), calls, before, after, [], idle=idle)


def test_calls_that_were_turned_away_cost_nothing_and_share_nothing() -> None:
    row = ramp((95.0, 165.0), (95.0, 165.0), None, None)
    assert (row.calls, row.held) == (4, 2)
    assert (row.call_minutes, row.mb_per_call) == (2.0, 15.0)
    cells = dict(zip(HEAD, row.cells(), strict=True))
    assert cells["calls"] == "2 of 4"
    assert cells["CPU s/call-min"] == "3.00"
    full = ramp(*[(95.0, 165.0)] * 4)
    assert (full.cells()[HEAD.index("calls")], full.mb_per_call) == ("4", 7.5)


def test_what_is_no_part_of_the_gateway_is_told_apart() -> None:
    row = ramp((95.0, 165.0))
    cells = dict(zip(HEAD, row.cells(), strict=True))
    assert cells["CPU s/call-min"] == "6.00"
    assert cells["apart"] == "8.00"  # six of the turn model, two of the ears
    assert cells["services"] == "3.00"
    assert cells["foreign"] == "0.05"  # of 9 s of its processor, 6 were its own


def test_people_who_talk_in_the_room_are_told_apart_from_noise() -> None:
    hall, talk = (
        NoiseTime("hall", -30.0, False, 60_000.0, 1, 2),
        NoiseTime("b", -20.0, True, 9, 1, 0),
    )
    row = row_of("noise", HERE, 1, [CallFigures(noise=[hall, talk])], Use(100.0), Use(160.0), [])
    cells = dict(zip(HEAD, row.cells(), strict=True))
    assert (cells["false stops/10 min"], cells["hesitations/min"]) == ("10.00", "2.00")
    assert cells["stopped by talk"] == "1 (100.0 %)"


def test_an_agent_that_spoke_on_is_in_the_table() -> None:
    figures = [CallFigures(held_s=(95.0, 165.0), stops=[80.0, 90.0, None], spoke_on=1)]
    use = Use(100.0), Use(160.0)
    row = row_of("bargein", HERE, 1, figures, *use, [])
    cells = dict(zip(HEAD, row.cells(), strict=True))
    assert (cells["not stopped"], cells["spoke on"]) == ("1 (33.3 %)", "1 (50.0 %)")


def test_what_the_callers_say_is_told_by_kind() -> None:
    clips = [Clip(name, (), 0, 1) for name in ("digits/1.wav", "digits/2.wav", "long/a.wav")]
    assert kinds(clips) == "3 recordings (digits 2, long 1)"

"""Whole calls as little plays, in virtual time: the real session, reducer, ledger and VAD."""

from __future__ import annotations

import asyncio

from core.call import EndReason
from core.events import LiveKind
from core.speech import TurnKind
from emulator.network import Delay
from tests.calls.stage import FarEnd, on_stage
from tests.fakes.conversation import Line
from tests.virtual_time import virtual_time
from voice.config import VoiceConfig
from voice.endpointing import Patience

GREETING = Line(["Hello, this is Sophie from Hartley and Moss.", "Is now a good time?"])
GOODBYE = Line(["Thank you.", "Goodbye now."], ends_call=True)


@virtual_time
async def test_a_call_from_greeting_to_goodbye() -> None:
    async with on_stage([GREETING, GOODBYE]) as call:
        await call.agent_done()
        await call.says("yes it is")
        reason = await call.ended
    assert reason is EndReason.AGENT_HUNG_UP
    opening, answer = call.conversation.prepared
    assert (opening.kind, opening.text, opening.heard) == (TurnKind.OPENING, "", None)
    assert (answer.number, answer.kind, answer.text) == (2, TurnKind.SPEECH, "yes it is")
    assert answer.heard is not None
    assert answer.heard.complete
    assert answer.heard.text == " ".join(GREETING.says)
    ((last, why),) = call.conversation.closed
    assert why is EndReason.AGENT_HUNG_UP
    assert last is not None
    assert last.text == "Thank you. Goodbye now."
    assert [end[0] for end in call.log.ends] == [EndReason.AGENT_HUNG_UP]


@virtual_time
async def test_the_brain_is_told_in_which_language_the_caller_spoke() -> None:
    french = {"language": "fr", "language_probability": 0.75}
    async with on_stage([GREETING, GOODBYE], **french) as call:
        await call.agent_done()
        await call.says("oui bonjour")
        await call.ended
    opening, answer = call.conversation.prepared
    assert (opening.language, opening.language_probability) == ("en", 1.0)
    assert (answer.language, answer.language_probability) == ("fr", 0.75)


@virtual_time
async def test_the_last_word_is_let_out_before_hanging_up() -> None:
    async with on_stage([GOODBYE]) as call:
        await call.ended
    assert call.line.heard_ms() == 4 * 300
    assert not call.line.sounding


@virtual_time
async def test_barge_in_silences_the_line_and_tells_the_brain_what_was_heard() -> None:
    async with on_stage([GREETING, Line(["Of course."]), GOODBYE]) as call:
        await call.agent_speaking(for_ms=1000)
        before = call.line.heard_ms()
        await call.says("stop i am busy right now")
        cut_after_ms = call.line.heard_ms() - before
        await call.agent_done()
    assert 100 <= cut_after_ms <= 320
    heard = call.conversation.prepared[1].heard
    assert heard is not None
    assert heard.text == "Hello, this is Sophie"
    assert heard.unheard == "from Hartley and Moss. Is now a good time?"
    assert any(message["event"] == "clear" for message in call.line.sent)
    assert any(event.kind is LiveKind.INTERRUPTED for event in call.feed.events)


@virtual_time
async def test_a_wordless_noise_does_not_take_the_turn_and_the_agent_goes_on() -> None:
    async with on_stage([GREETING, GOODBYE]) as call:
        await call.agent_speaking(for_ms=1000)
        await call.says("hmm", understood=None)
        await call.agent_done()
    assert len(call.conversation.prepared) == 1
    ((last, _),) = call.conversation.closed
    assert last is not None
    assert last.complete
    assert last.text == " ".join(GREETING.says)


@virtual_time
async def test_a_caller_who_goes_on_after_a_pause_is_heard_whole() -> None:
    async with on_stage([GREETING, Line(["Fine."], piece_delay_s=1.0), GOODBYE]) as call:
        await call.agent_done()
        await call.says("i would like to")
        await asyncio.sleep(0.75)  # long enough for the turn to be judged over
        await call.says("sell my house")
        await call.agent_done()
    assert [turn.text for turn in call.conversation.dropped] == ["i would like to"]
    assert [turn.number for turn in call.conversation.prepared] == [1, 2, 2]
    assert call.ears.heard[-1][0] > call.ears.heard[0][0]  # the second decode has all of it


@virtual_time
async def test_silence_is_a_turn_of_its_own() -> None:
    async with on_stage([GREETING, Line(["Are you there?"]), GOODBYE]) as call:
        await call.ended
    assert [turn.kind for turn in call.conversation.prepared] == [
        TurnKind.OPENING,
        TurnKind.SILENCE,
        TurnKind.SILENCE,
    ]


@virtual_time
async def test_what_announces_an_effect_is_voiced_after_its_commit() -> None:
    booked = Line(["One moment."], holds=["You are booked."], ends_call=True)
    async with on_stage([booked], commit_delay_s=2.0) as call:
        await call.agent_speaking(for_ms=600)
        assert not call.conversation.committed
        assert call.voice.spoken == ["One moment."]
        await call.ended
    assert call.voice.spoken == ["One moment.", "You are booked."]


@virtual_time
async def test_a_brain_that_fails_or_hangs_ends_in_an_apology() -> None:
    for broken in (Line(fails=True), Line(hangs=True)):
        async with on_stage([GREETING, broken]) as call:
            await call.agent_done()
            await call.says("yes please")
            assert await call.ended is EndReason.INTERNAL_ERROR
        assert call.voice.spoken[-1].startswith("I'm sorry")
        assert [turn.text for turn, _, _ in call.conversation.committed] == ["", "yes please"]


@virtual_time
async def test_a_commit_that_fails_ends_in_an_apology() -> None:
    async with on_stage([GREETING], broken_commits=frozenset({1})) as call:
        assert await call.ended is EndReason.INTERNAL_ERROR
    assert call.voice.spoken[-1].startswith("I'm sorry")
    assert [turn.number for turn in call.conversation.dropped] == [1]  # what it cost is metered


@virtual_time
async def test_a_voice_that_fails_leaves_the_rest_of_the_reply() -> None:
    line = Line(["Broken.", "Whole again."], ends_call=True)
    async with on_stage([line], broken=frozenset({"Broken."})) as call:
        await call.ended
    assert call.line.heard_ms() == 600


@virtual_time
async def test_a_lost_socket_ends_the_call() -> None:
    async with on_stage([GREETING]) as call:
        await call.agent_speaking(for_ms=500)
        call.line.gone = True
        assert await call.ended is EndReason.STREAM_LOST
    assert call.conversation.closed


@virtual_time
async def test_the_waterfall_of_a_turn() -> None:
    async with on_stage([GREETING, GOODBYE], delay_s=0.1) as call:
        await call.agent_done()
        await call.says("yes it is")
        await call.ended
    greeting, answer = call.log.timings
    assert greeting.v2v_ms == 100  # nothing but the voice's delay
    stages = [
        answer.speech_end_ms,
        answer.transcript_ms,
        answer.first_token_ms,
        answer.first_clause_ms,
        answer.first_audio_ms,
        answer.first_sent_ms,
        answer.first_played_ms,
    ]
    assert None not in stages
    assert stages == sorted(stages, key=lambda at: at or 0)
    assert answer.first_clause_ms is not None
    assert answer.decided_ms is not None
    assert answer.first_clause_ms < answer.decided_ms  # it was prepared in the pause


@virtual_time
async def test_network_delay_does_not_blur_what_was_heard() -> None:
    async with on_stage([GREETING, GOODBYE], line=FarEnd(Delay(base_ms=80))) as call:
        await call.agent_speaking(for_ms=1000)
        await call.says("stop i am busy right now")
        await call.ended
        truly_ms = call.line.playout.stretches[0].end / 8 - call.line.playout.stretches[0].start / 8
    heard = call.conversation.prepared[1].heard
    assert heard is not None
    assert abs(heard.heard_ms - truly_ms) <= 60


@virtual_time
async def test_shutdown_ends_the_call_in_order() -> None:
    async with on_stage([GREETING]) as call:
        await call.agent_speaking(for_ms=500)
        call.session.end(EndReason.SHUT_DOWN)
        assert await call.ended is EndReason.SHUT_DOWN


@virtual_time
async def test_a_call_is_brought_to_an_end_in_words_when_its_time_is_up() -> None:
    config = VoiceConfig(patience=Patience(longest_call_ms=20_000))
    async with on_stage([GREETING, Line(["Go on."])], config=config) as call:
        assert await call.ended is EndReason.AGENT_HUNG_UP
    assert call.voice.spoken[-1].endswith("Goodbye.")
    assert call.session.took_leave


@virtual_time
async def test_a_socket_that_falls_silent_is_a_lost_line() -> None:
    async with on_stage([GREETING]) as call:
        await call.agent_done()
        call.line.mute = True
        assert await call.ended is EndReason.STREAM_LOST


@virtual_time
async def test_a_commit_that_fails_once_is_tried_again() -> None:
    async with on_stage([GREETING, GOODBYE], failing_commits=1) as call:
        await call.agent_done()
        await call.says("yes it is")
        assert await call.ended is EndReason.AGENT_HUNG_UP
    assert [turn.number for turn, _, _ in call.conversation.committed] == [1, 2]

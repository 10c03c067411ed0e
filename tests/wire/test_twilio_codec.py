"""The Media Streams codec on recorded shapes, on malformed ones, and on anything at all."""

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import StreamSid
from voice.wire import twilio
from voice.wire.fields import MAX_MESSAGE_CHARS, WireError, WireFault
from voice.wire.twilio_sending import TwilioMessages

STREAM = "MZ" + "0" * 32
CALL = "CA" + "1" * 32
ACCOUNT = "AC" + "2" * 32
FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
BODY = {
    "streamSid": STREAM,
    "accountSid": ACCOUNT,
    "callSid": CALL,
    "tracks": ["inbound"],
    "mediaFormat": FORMAT,
    "customParameters": {"call_id": "7", "token": "t.o.k"},
}
START = {"event": "start", "sequenceNumber": "1", "streamSid": STREAM, "start": BODY}
FRAME = {
    "track": "inbound",
    "chunk": "1",
    "timestamp": "5",
    "payload": base64.b64encode(b"\xff" * 160).decode(),
}
MEDIA = {"event": "media", "sequenceNumber": "2", "streamSid": STREAM, "media": FRAME}
DTMF = {
    "event": "dtmf",
    "sequenceNumber": "3",
    "streamSid": STREAM,
    "dtmf": {"track": "inbound_track", "digit": "1"},
}
MARK = {"event": "mark", "sequenceNumber": "4", "streamSid": STREAM, "mark": {"name": "e3:utt7"}}
STOP = {
    "event": "stop",
    "sequenceNumber": "5",
    "streamSid": STREAM,
    "stop": {"accountSid": ACCOUNT, "callSid": CALL},
}
RECORDED = [START, MEDIA, DTMF, MARK, STOP]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def without(message: dict[str, object], *path: str) -> str:
    copy = json.loads(json.dumps(message))
    place = copy
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return json.dumps(copy)


def changed(message: dict[str, object], value: object, *path: str) -> str:
    copy = json.loads(json.dumps(message))
    place = copy
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return json.dumps(copy)


def test_connected_comes_first_and_without_a_number() -> None:
    message = '{"event":"connected","protocol":"Call","version":"1.0.0"}'
    assert twilio.parse(message) == twilio.Connected("Call", "1.0.0")


def test_start() -> None:
    event = twilio.parse(json.dumps(START))
    assert event == twilio.Start(
        1, STREAM, ACCOUNT, CALL, ("inbound",), {"call_id": "7", "token": "t.o.k"}
    )


def test_start_without_parameters_has_none() -> None:
    event = twilio.parse(without(START, "start", "customParameters"))
    assert isinstance(event, twilio.Start)
    assert event.parameters == {}


def test_media_dtmf_mark_stop() -> None:
    assert twilio.parse(json.dumps(MEDIA)) == twilio.Media(2, "inbound", 1, 5, b"\xff" * 160)
    assert twilio.parse(json.dumps(DTMF)) == twilio.Dtmf(3, "1")
    assert twilio.parse(json.dumps(MARK)) == twilio.Mark(4, "e3:utt7")
    assert twilio.parse(json.dumps(STOP)) == twilio.Stop(5, CALL)


def test_bytes_and_numbers_in_place_of_strings_are_read_too() -> None:
    message = changed(MEDIA, 2, "sequenceNumber").encode()
    assert twilio.parse(message) == twilio.parse(json.dumps(MEDIA))


def test_unknown_events_are_told_apart_and_keep_their_place() -> None:
    assert twilio.parse('{"event":"dance","sequenceNumber":"9"}') == twilio.Unknown("dance", 9)
    assert twilio.parse('{"event":"dance"}') == twilio.Unknown("dance", None)


@pytest.mark.parametrize(
    ("message", "fault", "field"),
    [
        ("", WireFault.NOT_JSON, None),
        ("{", WireFault.NOT_JSON, None),
        ("[" * 50_000, WireFault.NOT_JSON, None),
        ("[]", WireFault.NOT_AN_OBJECT, "message"),
        (b"\xff\xfe", WireFault.NOT_TEXT, None),
        ("x" * (MAX_MESSAGE_CHARS + 1), WireFault.TOO_LONG, None),
        ("{}", WireFault.MISSING_FIELD, "event"),
        ('{"event":7}', WireFault.WRONG_TYPE, "event"),
        ('{"event":"\\ud800"}', WireFault.NOT_TEXT, "event"),
        (without(MEDIA, "sequenceNumber"), WireFault.MISSING_FIELD, "sequenceNumber"),
        (changed(MEDIA, "-1", "sequenceNumber"), WireFault.WRONG_TYPE, "sequenceNumber"),
        (changed(MEDIA, "9" * 30, "sequenceNumber"), WireFault.WRONG_TYPE, "sequenceNumber"),
        (changed(MEDIA, True, "sequenceNumber"), WireFault.WRONG_TYPE, "sequenceNumber"),
        (without(MEDIA, "media"), WireFault.MISSING_FIELD, "media"),
        (changed(MEDIA, [], "media"), WireFault.NOT_AN_OBJECT, "media"),
        (changed(MEDIA, "a", "media", "payload"), WireFault.BAD_PAYLOAD, "payload"),
        (changed(MEDIA, "", "media", "payload"), WireFault.BAD_PAYLOAD, "payload"),
        (changed(MEDIA, "é", "media", "payload"), WireFault.BAD_PAYLOAD, "payload"),
        (changed(MEDIA, "AAAA" * 2700, "media", "payload"), WireFault.BAD_PAYLOAD, "payload"),
        (changed(DTMF, "12", "dtmf", "digit"), WireFault.WRONG_TYPE, "digit"),
        (changed(DTMF, "x", "dtmf", "digit"), WireFault.WRONG_TYPE, "digit"),
        (changed(MARK, "a\0", "mark", "name"), WireFault.NOT_TEXT, "name"),
        (without(STOP, "stop", "callSid"), WireFault.MISSING_FIELD, "callSid"),
        (
            changed(START, 16000, "start", "mediaFormat", "sampleRate"),
            WireFault.WRONG_FORMAT,
            "mediaFormat",
        ),
        (changed(START, "inbound", "start", "tracks"), WireFault.WRONG_TYPE, "tracks"),
        (changed(START, {"a": 1}, "start", "customParameters"), WireFault.WRONG_TYPE, "a"),
        (
            changed(START, {str(n): "" for n in range(101)}, "start", "customParameters"),
            WireFault.TOO_LONG,
            "customParameters",
        ),
    ],
)
def test_malformed_messages_say_what_is_wrong(
    message: str | bytes, fault: WireFault, field: str | None
) -> None:
    with pytest.raises(WireError) as caught:
        twilio.parse(message)
    assert (caught.value.fault, caught.value.field) == (fault, field)


@given(st.text() | st.binary())
def test_anything_is_parsed_or_refused(message: str | bytes) -> None:
    with_refusal(message)


@given(st.sampled_from(RECORDED), st.data())
def test_a_recorded_message_with_any_part_replaced_is_parsed_or_refused(
    message: dict[str, object], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(_paths(message)))
    with_refusal(changed(message, data.draw(anything), *path))


def with_refusal(message: str | bytes) -> None:
    """Parse ``message``; any error but a WireError fails the test."""
    with contextlib.suppress(WireError):
        twilio.parse(message)


def _paths(message: dict[str, object], *above: str) -> list[tuple[str, ...]]:
    found = []
    for name, value in message.items():
        found.append((*above, name))
        if isinstance(value, dict):
            found += _paths(value, *above, name)
    return found


@given(st.binary(min_size=1, max_size=twilio.MAX_PAYLOAD_BYTES))
def test_what_we_send_is_what_the_carrier_reads(mulaw: bytes) -> None:
    sent = json.loads(TwilioMessages(StreamSid(STREAM)).media(mulaw))
    assert sent["event"] == "media"
    assert sent["streamSid"] == STREAM
    assert base64.b64decode(sent["media"]["payload"], validate=True) == mulaw
    assert list(sent["media"]) == ["payload"]


def test_mark_and_clear() -> None:
    messages = TwilioMessages(StreamSid(STREAM))
    assert json.loads(messages.mark("m1")) == {
        "event": "mark",
        "streamSid": STREAM,
        "mark": {"name": "m1"},
    }
    assert json.loads(messages.clear) == {"event": "clear", "streamSid": STREAM}
    assert json.loads(TwilioMessages(StreamSid('a"b')).clear)["streamSid"] == 'a"b'


def test_gaps_count_as_lost_until_the_late_ones_come() -> None:
    check = twilio.SequenceCheck()
    for number in (1, 2, 5, 3, 6):
        check.see(number)
    assert (check.lost, check.late) == (1, 1)


def test_a_number_that_is_none_does_not_spoil_the_count() -> None:
    check = twilio.SequenceCheck()
    for number in (1, 10**18 - 1, 10**18):
        check.see(number)
    assert check.lost == twilio.MOST_LOST


@given(st.permutations(range(1, 12)))
def test_nothing_is_lost_when_everything_came(numbers: list[int]) -> None:
    check = twilio.SequenceCheck()
    check.see(0)
    for number in numbers:
        check.see(number)
    assert check.lost == 0

"""The quick reader and the strict one agree on every message, well formed or not."""

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import StreamSid
from tests.wire.test_twilio_codec import FRAME, RECORDED, STREAM, _paths, anything, changed
from voice.wire import twilio, twilio_reading
from voice.wire.fields import WireError, WireFault
from voice.wire.twilio_reading import StreamReader

SID = StreamSid(STREAM)


def outcome(read: Callable[[str], object], message: str) -> object:
    try:
        return read(message)
    except WireError as error:
        return (error.fault, error.field, str(error))


def both_agree(message: str) -> None:
    quick = StreamReader(SID)
    found = outcome(quick.read, message)
    assert found == outcome(lambda m: twilio.parse(m, SID), message)
    sound = quick.sound(message.encode())
    if sound is not None:
        assert isinstance(found, twilio.Media)
        assert sound == (found.sequence, found.payload)


def as_twilio_writes(event: str, number: object, body: object, stream: object = STREAM) -> str:
    ordered = {"event": event, "sequenceNumber": number, event: body, "streamSid": stream}
    return json.dumps(ordered, separators=(",", ":"))


numbers = st.integers(0, 10**19).map(str) | st.sampled_from(["", "-1", "+1", "1.0", "٣", " 1", 7])
payloads = (
    st.binary(max_size=400).map(lambda sound: base64.b64encode(sound).decode())
    | st.text(alphabet='ABab01+/=-_ "\\\n', max_size=24)
    | st.sampled_from(["A" * 10668, "A" * 10672, "AA==A", "QQ=", "é"])
)


@given(st.sampled_from(["inbound", "outbound", 'in"bound']), numbers, numbers, numbers, payloads)
def test_the_quick_reader_agrees_on_media(
    track: str, sequence: object, chunk: object, timestamp: object, payload: str
) -> None:
    body = {"track": track, "chunk": chunk, "timestamp": timestamp, "payload": payload}
    both_agree(as_twilio_writes("media", sequence, body))
    both_agree(as_twilio_writes("media", sequence, body, "MZ" + "9" * 32))
    both_agree(as_twilio_writes("media", sequence, {**body, "more": 1}))


@given(numbers, st.text(max_size=12) | st.from_regex(r"e[0-9]{1,3}:[a-z0-9-]{1,9}", fullmatch=True))
def test_the_quick_reader_agrees_on_marks(sequence: object, name: str) -> None:
    both_agree(as_twilio_writes("mark", sequence, {"name": name}))


@given(st.sampled_from(RECORDED), st.data())
def test_the_quick_reader_agrees_on_whatever_is_changed(
    message: dict[str, object], data: st.DataObject
) -> None:
    """One character gone, doubled or replaced anywhere in a message, or a part replaced."""
    path = data.draw(st.sampled_from(_paths(message)))
    text = data.draw(
        st.sampled_from(
            [
                changed(message, data.draw(anything), *path),
                as_twilio_writes(str(message["event"]), "7", message[str(message["event"])]),
                json.dumps(message),
            ]
        )
    )
    at = data.draw(st.integers(0, len(text)))
    new = data.draw(st.text(max_size=2))
    both_agree(text[:at] + new + text[at + data.draw(st.integers(0, 2)) :])


def test_the_quick_way_is_taken_for_what_twilio_writes() -> None:
    tail = len(f'"}},"streamSid":"{STREAM}"}}')
    media = as_twilio_writes("media", "7", FRAME)
    assert twilio_reading._exact_media(media, tail) == twilio.parse(media)
    mark = as_twilio_writes("mark", "8", {"name": "e3:utt7"})
    assert twilio_reading._exact_mark(mark, tail) == twilio.parse(mark)


def test_a_message_of_another_stream_is_refused() -> None:
    foreign = as_twilio_writes("media", "7", FRAME, "MZ" + "9" * 32)
    with pytest.raises(WireError) as caught:
        StreamReader(SID).read(foreign)
    assert caught.value.fault is WireFault.FOREIGN_STREAM


def test_sound_as_twilio_writes_it_is_found_without_a_parser() -> None:
    body = {"track": "inbound", "chunk": "2", "timestamp": "40", "payload": "fn5+fn5+"}
    message = as_twilio_writes("media", "3", body).encode()
    assert StreamReader(SID).sound(message) == (3, b"~" * 6)
    assert StreamReader(SID).sound(message + b"\xff") is None

"""Media Streams messages to the byte, and the signatures of Twilio."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from emulator.faults import FaultError
from emulator.g711 import SILENT_FRAME
from emulator.links import stream_url
from emulator.messages import (
    CONNECTED,
    ClearBuffer,
    PlaceMark,
    PlayMedia,
    StreamMessages,
    read_server_message,
)
from emulator.signature import sign

MZ = "MZ" + "1" * 32
AC = "AC" + "2" * 32
CA = "CA" + "3" * 32


def test_twilios_messages_to_the_byte() -> None:
    says = StreamMessages(
        stream_sid=MZ, account_sid=AC, call_sid=CA, parameters={"name": 'Zoë "Z"'}
    )
    assert CONNECTED == '{"event":"connected","protocol":"Call","version":"1.0.0"}'
    assert says.start() == (
        '{"event":"start","sequenceNumber":"1","start":{"accountSid":"' + AC + '","streamSid":"'
        + MZ + '","callSid":"' + CA + '","tracks":["inbound"],"mediaFormat":{"encoding":'
        '"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{"name":'
        '"Zoë \\"Z\\""}},"streamSid":"' + MZ + '"}'
    )  # fmt: skip
    assert says.media(b"\x00\x01\x02", 20) == (
        '{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1",'
        '"timestamp":"20","payload":"AAEC"},"streamSid":"' + MZ + '"}'
    )
    assert says.dtmf("5") == (
        '{"event":"dtmf","sequenceNumber":"3","dtmf":{"track":"inbound_track","digit":"5"},'
        '"streamSid":"' + MZ + '"}'
    )
    assert says.mark("e1:u2") == (
        '{"event":"mark","sequenceNumber":"4","mark":{"name":"e1:u2"},"streamSid":"' + MZ + '"}'
    )
    silent = json.loads(says.media(SILENT_FRAME, 40))
    assert (silent["media"]["chunk"], len(silent["media"]["payload"])) == ("2", 216)
    assert says.stop() == (
        '{"event":"stop","sequenceNumber":"6","stop":{"accountSid":"' + AC + '","callSid":"'
        + CA + '"},"streamSid":"' + MZ + '"}'
    )  # fmt: skip


def test_the_servers_three_messages() -> None:
    media = {"event": "media", "streamSid": MZ, "media": {"payload": "AAEC"}}
    assert read_server_message(json.dumps(media), MZ) == PlayMedia(b"\x00\x01\x02")
    mark = {"event": "mark", "streamSid": MZ, "mark": {"name": "n"}}
    assert read_server_message(json.dumps(mark), MZ) == PlaceMark("n")
    assert read_server_message(json.dumps({"event": "clear", "streamSid": MZ}), MZ) == ClearBuffer()


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00\x01",
        "",
        "no json",
        "[]",
        '"media"',
        "{}",
        json.dumps({"event": "clear"}),
        json.dumps({"event": "clear", "streamSid": "MZ0"}),
        json.dumps({"event": "stop", "streamSid": MZ}),
        json.dumps({"event": None, "streamSid": MZ}),
        json.dumps({"event": "media", "streamSid": MZ}),
        json.dumps({"event": "media", "streamSid": MZ, "media": []}),
        json.dumps({"event": "media", "streamSid": MZ, "media": {"payload": 5}}),
        json.dumps({"event": "media", "streamSid": MZ, "media": {"payload": "A"}}),
        json.dumps({"event": "media", "streamSid": MZ, "media": {"payload": "A*=="}}),
        json.dumps({"event": "media", "streamSid": MZ, "media": {"payload": "é"}}),
        json.dumps({"event": "mark", "streamSid": MZ, "mark": {"name": ""}}),
        json.dumps({"event": "mark", "streamSid": MZ, "mark": {"name": 1}}),
    ],
)
def test_anything_else_is_a_protocol_error(frame: str | bytes) -> None:
    with pytest.raises(FaultError) as fault:
        read_server_message(frame, MZ)
    assert fault.value.code == 31924


def test_twilios_own_signature_examples() -> None:
    fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, fields) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert sign("12345", "wss://example.com/media") == "7PR3qMkpDyEJtMrVOY/LDyNq8J8="


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)


@given(st.dictionaries(TEXT, TEXT, max_size=6))
def test_twilios_validator_accepts_every_signature(fields: dict[str, str]) -> None:
    url = "https://host.example/twilio/voice?x=1"
    signature = sign("secret", url, list(fields.items()))
    assert RequestValidator("secret").validate(url, fields, signature)


def test_repeated_fields_are_signed_once_for_each_value() -> None:
    once = sign("t", "https://h/", [("A", "2"), ("A", "1")])
    assert once == sign("t", "https://h/", [("A", "1"), ("A", "2"), ("A", "1")])


@pytest.mark.parametrize(
    ("given_url", "opened"),
    [
        ("wss://h.example/s?token=1#x", "wss://h.example/s"),
        ("ws://127.0.0.1:80/s", "ws://127.0.0.1:80/s"),
        ("ws://localhost/s?", "ws://localhost/s"),
        ("ws://[::1]:9/s", "ws://[::1]:9/s"),
    ],
)
def test_a_stream_url_loses_its_query(given_url: str, opened: str) -> None:
    assert stream_url(given_url) == opened


@pytest.mark.parametrize("url", ["ws://h.example/s", "https://h.example/s", "", "ws://10.0.0.1/"])
def test_a_stream_needs_wss_unless_it_stays_on_this_machine(url: str) -> None:
    with pytest.raises(FaultError) as fault:
        stream_url(url)
    assert fault.value.code == 31922

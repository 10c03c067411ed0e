"""TwiML as the emulator reads it."""

from __future__ import annotations

import pytest
from twilio.twiml.voice_response import Connect as SdkConnect
from twilio.twiml.voice_response import VoiceResponse

from emulator.faults import FaultError
from emulator.twiml import (
    Connect,
    Dial,
    Hangup,
    Pause,
    Play,
    Redirect,
    Reject,
    Say,
    Stream,
    Verb,
    parse,
)


def only(inside: str) -> Verb:
    (verb,) = parse(f"<Response>{inside}</Response>").verbs
    return verb


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("<Say voice='v' language='en-GB'> Hi\n there </Say>", Say("Hi there", "v", "en-GB")),
        ("<Play loop='2'>https://h/a.wav</Play>", Play("https://h/a.wav", loop=2)),
        ("<Play digits='1w2'/>", Play(digits="1w2")),
        ("<Pause/>", Pause(1)),
        ("<Pause length='4'/>", Pause(4)),
        ("<Hangup/>", Hangup()),
        ("<Reject reason='busy'/>", Reject("busy")),
        ("<Redirect method='get'>/x?a=1&amp;b=2</Redirect>", Redirect("/x?a=1&b=2", "GET")),
        ("<Dial timeout='20'>+442</Dial>", Dial(("+442",), timeout_s=20)),
        ("<Dial callerId='+441'>+442</Dial>", Dial(("+442",), caller_id="+441")),
        (
            "<Dial action='/d'><Number>+441</Number><Number>+442</Number></Dial>",
            Dial(("+441", "+442"), "/d"),
        ),
        ("<Connect><Stream url='wss://h/s'/></Connect>", Connect(Stream("wss://h/s"))),
    ],
)
def test_every_verb(text: str, verb: Verb) -> None:
    assert only(text) == verb


def test_what_the_sdk_writes_is_understood() -> None:
    response = VoiceResponse()
    connect = SdkConnect(action="https://h/after", method="POST")
    stream = connect.stream(
        url="wss://h/stream", name="n", status_callback="https://h/s", track="inbound_track"
    )
    stream.parameter(name="token", value="a&b<c>")
    response.append(connect)
    response.say("Sorry")
    response.hangup()
    joined, say, hangup = parse(str(response)).verbs
    assert joined == Connect(
        Stream("wss://h/stream", "n", {"token": "a&b<c>"}, "https://h/s"), "https://h/after"
    )
    assert (say, hangup) == (Say("Sorry"), Hangup())


def test_unknown_verbs_are_skipped_with_a_warning() -> None:
    document = parse("<Response>hm<Sing>la</Sing><Hangup/></Response>")
    assert document.verbs == (Hangup(),)
    assert [warning.code for warning in document.warnings] == [12200, 12200]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 12100),
        ("Hello", 12100),
        ("<Response><Say></Response>", 12100),
        ("<Reply/>", 12100),
        ('<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>', 12100),
        ("<Response><Connect/></Response>", 12200),
        ("<Response><Connect><Stream/></Connect></Response>", 12200),
        ("<Response><Play/></Response>", 12200),
        ("<Response><Dial/></Response>", 12200),
        ("<Response><Pause length='long'/></Response>", 12200),
        ("<Response><Pause length='-1'/></Response>", 12200),
        ("<Response><Reject reason='rude'/></Response>", 12200),
        ("<Response><Redirect method='PUT'>/x</Redirect></Response>", 12200),
        ("<Response><Connect><Stream url='wss://h'><Other/></Stream></Connect></Response>", 12200),
    ],
)
def test_bad_documents_have_twilios_codes(text: str, code: int) -> None:
    with pytest.raises(FaultError) as fault:
        parse(text)
    assert fault.value.code == code


def test_long_parameters_are_refused() -> None:
    parameter = f"<Parameter name='n' value='{'v' * 499}'/>"
    text = f"<Response><Connect><Stream url='wss://h'>{parameter}</Stream></Connect></Response>"
    with pytest.raises(FaultError, match="500"):
        parse(text)

"""The TwiML we answer with: connect the media stream, or say something and hang up."""

from __future__ import annotations

from typing import Final

from twilio.twiml.voice_response import Connect, VoiceResponse

from core.ids import CallId

TWIML_TYPE: Final = "application/xml"
SPOKEN_LANGUAGE: Final = "en-GB"


def connect_stream(
    *, stream_url: str, after_url: str, call_id: CallId, token: str, information: str
) -> str:
    """Join the call to our media socket; ``information`` is said if the stream breaks."""
    response = VoiceResponse()
    connect = Connect(action=after_url, method="POST")
    stream = connect.stream(url=stream_url)
    stream.parameter(name="call_id", value=str(call_id))
    stream.parameter(name="token", value=token)
    response.append(connect)
    response.say(information, language=SPOKEN_LANGUAGE)
    response.hangup()
    return str(response)


def say_and_hang_up(sentence: str) -> str:
    """Say one sentence and end the call."""
    response = VoiceResponse()
    response.say(sentence, language=SPOKEN_LANGUAGE)
    response.hangup()
    return str(response)


def hang_up() -> str:
    """End the call without a word."""
    response = VoiceResponse()
    response.hangup()
    return str(response)

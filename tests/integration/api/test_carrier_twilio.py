"""Twilio's REST API as the carrier: what is sent, and what each answer means."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from compliance.gate import DialRequest, NumberClass, NumberFacts, permit_or_refuse
from compliance.permit import DialPermit
from core.call import Direction
from core.card import CallCard, ScriptRef
from core.errors import ProviderError
from core.ids import BrandId, CallId, CallSid
from core.phone import PhoneNumber
from voice.providers.carrier_twilio import NoCarrier, TwilioConfig, twilio_carrier

ACCOUNT = "AC" + "1" * 32
CALL_SID = CallSid("CA" + "a" * 32)
OWN = PhoneNumber("+447911123456")
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
CALL_ID = CallId(UUID("01900000-0000-7000-8000-00000000abcd"))
CARD = CallCard(
    CALL_ID,
    BrandId(UUID("01900000-0000-7000-8000-000000000001")),
    Direction.OUTBOUND,
    ScriptRef("estate_agency_outbound", 1),
    PhoneNumber("+442079460100"),
    OWN,
    NOW,
)


@dataclass
class Rest:
    """The far end: keeps what came, answers as told. ``status`` 0 drops the connection."""

    status: int = 201
    body: dict[str, object] = field(default_factory=lambda: {"sid": CALL_SID, "status": "queued"})
    asked: list[tuple[str, str, list[tuple[str, str]]]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """One request."""
        words = base64.b64encode(f"{ACCOUNT}:token".encode()).decode()
        assert request.headers["Authorization"] == f"Basic {words}"
        form = await request.post()
        self.asked.append(
            (request.method, request.path, [(name, str(value)) for name, value in form.items()])
        )
        if self.status == 0 and request.transport is not None:
            request.transport.abort()
        return web.json_response(self.body, status=self.status or 500)


@pytest.fixture
async def rest() -> AsyncIterator[Rest]:
    rest = Rest()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", rest.answer)
    async with TestServer(app) as server:
        rest.url = str(server.make_url("")).rstrip("/")
        yield rest


def config(url: str, timeout_s: float = 5.0) -> TwilioConfig:
    return TwilioConfig(ACCOUNT, "token", "https://calls.example.com", url, timeout_s)


def test_the_auth_token_is_not_shown() -> None:
    assert "hidden" not in repr(TwilioConfig(ACCOUNT, "hidden", "https://calls.example.com"))


def permit() -> DialPermit:
    facts = NumberFacts(OWN, NumberClass.MOBILE, "GB")
    verdict = permit_or_refuse(DialRequest(facts, frozenset({OWN}), suppressed=False, at=NOW))
    assert isinstance(verdict, DialPermit)
    return verdict


async def test_a_call_is_created_with_all_it_needs(rest: Rest) -> None:
    async with twilio_carrier(config(rest.url)) as carrier:
        assert await carrier.place(permit(), CARD) == CALL_SID
    ((method, path, form),) = rest.asked
    assert (method, path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json")
    assert sorted(form) == sorted(
        [
            ("To", OWN.e164),
            ("From", "+442079460100"),
            ("Url", f"https://calls.example.com/twilio/voice/{CALL_ID}"),
            ("Method", "POST"),
            ("StatusCallback", f"https://calls.example.com/twilio/status-callback/{CALL_ID}"),
            ("StatusCallbackMethod", "POST"),
            ("StatusCallbackEvent", "initiated"),
            ("StatusCallbackEvent", "ringing"),
            ("StatusCallbackEvent", "answered"),
            ("StatusCallbackEvent", "completed"),
            ("Timeout", "25"),
            ("TimeLimit", "900"),
        ]
    )


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [(400, 21211, False), (401, 20003, False), (429, 20429, True), (403, 21215, False)],
)
async def test_a_refusal_is_told(rest: Rest, status: int, code: int, retryable: bool) -> None:
    rest.status, rest.body = status, {"code": code, "message": "No.", "status": status}
    async with twilio_carrier(config(rest.url)) as carrier:
        with pytest.raises(ProviderError, match=str(code)) as caught:
            await carrier.place(permit(), CARD)
    assert caught.value.retryable is retryable
    assert len(rest.asked) == 1


async def test_a_refusal_shows_no_telephone_number(rest: Rest) -> None:
    message = f"The number {OWN.e164} or +44 (0)20 7946-0100 is unverified, see {CALL_SID}."
    rest.status, rest.body = 400, {"code": 21219, "message": message, "status": 400}
    async with twilio_carrier(config(rest.url)) as carrier:
        with pytest.raises(ProviderError, match=str(CALL_SID)) as caught:
            await carrier.place(permit(), CARD)
    assert "7911" not in str(caught.value)
    assert "7946" not in str(caught.value)


@pytest.mark.parametrize("status", [0, 500, 503])
async def test_an_unclear_answer_is_never_repeated(rest: Rest, status: int) -> None:
    rest.status, rest.body = status, {}
    async with twilio_carrier(config(rest.url)) as carrier:
        assert await carrier.place(permit(), CARD) is None
    assert len(rest.asked) == 1


async def test_an_answer_without_a_sid_is_unclear(rest: Rest) -> None:
    rest.body = {}
    async with twilio_carrier(config(rest.url)) as carrier:
        assert await carrier.place(permit(), CARD) is None


async def test_a_carrier_that_was_never_reached_has_no_call() -> None:
    async with twilio_carrier(config(f"http://127.0.0.1:{unused_port()}")) as carrier:
        with pytest.raises(ProviderError) as caught:
            await carrier.place(permit(), CARD)
        assert caught.value.retryable
        with pytest.raises(ProviderError):
            await carrier.hang_up(CALL_SID)


async def test_a_call_is_hung_up(rest: Rest) -> None:
    rest.status = 200
    async with twilio_carrier(config(rest.url)) as carrier:
        await carrier.hang_up(CALL_SID)
    assert rest.asked == [
        (
            "POST",
            f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL_SID}.json",
            [("Status", "completed")],
        )
    ]


@pytest.mark.parametrize(("status", "code"), [(400, 21220), (404, 20404)])
async def test_a_call_that_ended_already_is_no_error(rest: Rest, status: int, code: int) -> None:
    rest.status, rest.body = status, {"code": code, "message": "Gone.", "status": status}
    async with twilio_carrier(config(rest.url)) as carrier:
        await carrier.hang_up(CALL_SID)


async def test_a_hang_up_that_fails_is_told(rest: Rest) -> None:
    rest.status, rest.body = 500, {"code": 20500, "message": "Oh.", "status": 500}
    async with twilio_carrier(config(rest.url)) as carrier:
        with pytest.raises(ProviderError) as caught:
            await carrier.hang_up(CALL_SID)
    assert caught.value.retryable


async def test_without_an_account_no_call_is_placed() -> None:
    with pytest.raises(ProviderError, match="TWILIO_ACCOUNT_SID"):
        await NoCarrier().place(permit(), CARD)
    await NoCarrier().hang_up(CALL_SID)

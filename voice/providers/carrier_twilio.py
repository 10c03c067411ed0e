"""Twilio as the carrier: its REST API for starting and ending calls.

Creating a call has no idempotency key (twilio.com/docs/voice/api/call-resource, read
2026-11-21), so it is asked exactly once: whatever leaves open whether the call exists is an
uncertain placement, never a retry.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import httpx
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response
from twilio.rest import Client

from compliance.permit import DialPermit
from core.card import CallCard
from core.errors import BrokenInvariantError, ProviderError
from core.ids import CallSid

PROVIDER: Final = "twilio"
# The "not in progress" and "no such call" answers: the call has ended already
# (twilio.com/docs/api/errors/21220 and /20404, read 2026-11-21).
ENDED_CODES: Final = frozenset({21220, 20404})
LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
TELEPHONE_NUMBERS: Final = re.compile(r"(?<!\w)\+?\d(?:[ ()-]{0,2}\d){6,14}(?!\w)")
CALLBACK_EVENTS: Final = ["initiated", "ringing", "answered", "completed"]


@dataclass(frozen=True, slots=True)
class TwilioConfig:
    """How to reach Twilio, and where it reaches us."""

    account_sid: str
    auth_token: str = field(repr=False)
    public_base_url: str
    api_base_url: str = "https://api.twilio.com"
    request_timeout_s: float = 10.0
    ring_s: int = 25  # Ofcom asks for 15 s or more; most voicemail answers by 30 s
    call_limit_s: int = 900  # a guard on cost: no conversation of ours needs a quarter hour


class TwilioCarrier:
    """Starts and ends calls by Twilio's REST API. Open one per process with `twilio_carrier`."""

    def __init__(self, config: TwilioConfig, client: Client) -> None:
        self._config = config
        self._client = client

    async def place(self, permit: DialPermit, card: CallCard) -> CallSid | None:
        """Call the permit's number, with the voice webhook and callbacks of ``card``.

        None: no clear answer came, so the call may exist and must not be dialled again.
        Cancel-safe: no; Twilio may have taken the call already.
        Raises:
            ProviderError: Twilio refused or was never reached; the call does not exist.
        """
        base = self._config.public_base_url
        try:
            async with asyncio.timeout(self._config.request_timeout_s):
                call = await self._client.calls.create_async(
                    to=permit.number.e164,
                    from_=card.ours.e164,
                    url=f"{base}/twilio/voice/{card.call_id}",
                    method="POST",
                    status_callback=f"{base}/twilio/status-callback/{card.call_id}",
                    status_callback_event=CALLBACK_EVENTS,
                    status_callback_method="POST",
                    timeout=self._config.ring_s,
                    time_limit=self._config.call_limit_s,
                )
        except TwilioRestException as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return None
            raise ProviderError(PROVIDER, _sentence(error), retryable=_may_pass(error)) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise ProviderError(
                PROVIDER, f"The carrier cannot be reached ({error}).", retryable=True
            ) from error
        except (httpx.HTTPError, TwilioException, TimeoutError, ValueError):
            return None
        return CallSid(call.sid) if call.sid else None

    async def hang_up(self, call_sid: CallSid) -> None:
        """End the call, ringing or talking; an already ended call is not an error.

        Raises:
            ProviderError: Twilio failed or cannot be reached.
        """
        try:
            async with asyncio.timeout(self._config.request_timeout_s):
                await self._client.calls(call_sid).update_async(status="completed")
        except TwilioRestException as error:
            if error.code in ENDED_CODES or error.status == HTTPStatus.NOT_FOUND:
                return
            raise ProviderError(PROVIDER, _sentence(error), retryable=_may_pass(error)) from error
        except (httpx.HTTPError, TwilioException, TimeoutError, ValueError) as error:
            raise ProviderError(
                PROVIDER, f"Hanging up failed ({type(error).__name__}).", retryable=True
            ) from error


class NoCarrier:
    """Stands where no Twilio account is configured: calls come in, none can be placed."""

    async def place(self, permit: DialPermit, card: CallCard) -> CallSid | None:
        """Refuse: there is nobody to ask."""
        raise ProviderError(
            PROVIDER,
            "No account is configured: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.",
            retryable=False,
        )

    async def hang_up(self, call_sid: CallSid) -> None:
        """Do nothing: closing the stream ends a call whose TwiML goes on with <Hangup/>."""


class HttpxForTwilio:
    """The SDK's HTTP on our HTTP library: one request for each question, never a repeat."""

    is_async = True  # the SDK looks at this

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Ask Twilio once. Raises httpx.HTTPError."""
        answer = await self._http.request(
            method,
            uri,
            params=_plain(params),
            data=_plain(data),
            headers=headers,
            auth=auth,
            follow_redirects=allow_redirects,
        )
        return Response(answer.status_code, answer.text, dict(answer.headers))


def _plain(values: dict[str, object] | None) -> dict[str, str | list[str]] | None:
    """A form as httpx takes it: lists become repeated fields."""
    if values is None:
        return None
    return {
        name: [str(one) for one in value] if isinstance(value, list) else str(value)
        for name, value in values.items()
    }


@asynccontextmanager
async def twilio_carrier(config: TwilioConfig) -> AsyncIterator[TwilioCarrier]:
    """Twilio's client for as long as the context lasts, with one pool of connections."""
    # A proxy of the environment has no part in reaching an emulator on this machine.
    local = urlsplit(config.api_base_url).hostname in LOCAL_HOSTS
    async with httpx.AsyncClient(timeout=config.request_timeout_s, trust_env=not local) as http:
        client = Client(config.account_sid, config.auth_token, http_client=HttpxForTwilio(http))
        if client.api is None:
            raise BrokenInvariantError("The Twilio SDK has no REST API.")
        client.api.base_url = config.api_base_url
        yield TwilioCarrier(config, client)


def _may_pass(error: TwilioRestException) -> bool:
    """429 means that the request was not processed (twilio.com/docs/api/errors/20429)."""
    status = int(error.status)
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _sentence(error: TwilioRestException) -> str:
    """What Twilio says, without the telephone numbers that it repeats: it is logged and shown."""
    code = f" (error {error.code})" if error.code else ""
    return f"{TELEPHONE_NUMBERS.sub('(number)', str(error.msg))}{code}"

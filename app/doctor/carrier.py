"""The carrier: Twilio knows the account, and the world reaches this server."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import httpx

from app.doctor.check import Check, in_short
from app.doctor.finding import Finding, Findings, fail, ok, skip, warn
from app.settings import Settings

REQUEST_S: Final = 6.0
LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
CREDENTIALS: Final = (
    "Set TWILIO_AUTH_TOKEN to the account's primary auth token, and TWILIO_ACCOUNT_SID to its SID, "
    "both from console.twilio.com."
)
FOR_REAL_CALLS: Final = (
    "For real calls set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and PUBLIC_BASE_URL: see "
    "docs/going-live.md."
)


def checks(settings: Settings) -> list[Check]:
    """The checks of this group."""
    account, token = settings.twilio_account_sid, settings.twilio_auth_token

    async def nobody() -> Findings:
        return (skip("Twilio", "no account is set, so calls stay on this machine", FOR_REAL_CALLS),)

    if account is None or token is None:
        return [Check("Twilio", nobody, FOR_REAL_CALLS)]
    secret, api = token.get_secret_value(), settings.twilio_api_base_url

    async def twilio() -> Findings:
        return (await _account(api, account, secret),)

    async def address() -> Findings:
        return (await _reached(settings.public_base_url),)

    async def own_numbers() -> Findings:
        return (own_numbers_found(len(settings.own_numbers)),)

    return [
        Check("Twilio", twilio, f"See that this machine reaches {_host(api)}."),
        Check("Public address", address, "Start the server behind PUBLIC_BASE_URL: parley serve"),
        Check("Own numbers", own_numbers, "Set PARLEY_OWN_NUMBERS to your own verified numbers."),
    ]


def _client(url: str) -> httpx.AsyncClient:
    # A proxy of the environment has no part in reaching a server on this machine.
    return httpx.AsyncClient(timeout=REQUEST_S, trust_env=urlsplit(url).hostname not in LOCAL_HOSTS)


async def _account(api: str, account: str, token: str) -> Finding:
    url = f"{api}/2010-04-01/Accounts/{account}.json"
    try:
        async with _client(api) as http:
            answer = await http.get(url, auth=(account, token))
    except httpx.HTTPError as error:
        return fail(
            "Twilio",
            f"{_host(api)} was asked for the account and did not answer ({in_short(error)})",
            f"See that this machine reaches {_host(api)} and that TWILIO_API_BASE_URL is right.",
        )
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        return fail("Twilio", f"{_host(api)} refuses the account SID and auth token", CREDENTIALS)
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return fail("Twilio", f"{_host(api)} knows no such account", CREDENTIALS)
    if not answer.is_success:
        return fail(
            "Twilio",
            f"{_host(api)} answered {answer.status_code} to the question for the account",
            "Look at status.twilio.com, then run: parley doctor",
        )
    try:
        facts = answer.json()
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        return fail(
            "Twilio",
            f"what {_host(api)} answered is not Twilio's account",
            "Set TWILIO_API_BASE_URL to https://api.twilio.com",
        )
    return account_found(facts, _host(api))


def account_found(facts: Mapping[str, object], host: str) -> Finding:
    """An account that Twilio told about."""
    status, kind = facts.get("status"), facts.get("type")
    what = f"{host} knows the account: {status}" + (f", {kind}" if kind else "")
    if status != "active":
        return fail("Twilio", what, "Open console.twilio.com and make the account active again.")
    if kind == "Trial":
        return warn(
            "Twilio",
            f"{what}; a trial account calls verified numbers only and says so to them first",
            "Upgrade the account at console.twilio.com before customers are called.",
        )
    return ok("Twilio", what)


async def _reached(base: str) -> Finding:
    url = f"{base}/healthz"
    try:
        async with _client(base) as http:
            answer = await http.get(url)
    except httpx.HTTPError as error:
        return warn(
            "Public address",
            f"{base} was opened from here and did not answer ({in_short(error)})",
            "Start the server (parley serve) and what stands before it, then run: parley doctor",
        )
    if not answer.is_success or '"alive"' not in answer.text:
        return warn(
            "Public address",
            f"{base} answers from here, but not as Parley ({answer.status_code})",
            "Set PUBLIC_BASE_URL to the address that leads to parley serve, without a path.",
        )
    return ok("Public address", f"{base} leads to a running Parley, asked from here")


def own_numbers_found(count: int) -> Finding:
    """Whether there is anybody to call."""
    if not count:
        return warn(
            "Own numbers",
            "none, so calls come in and none go out",
            "Set PARLEY_OWN_NUMBERS to your own verified numbers, separated by commas.",
        )
    return ok("Own numbers", f"{count} may be called")


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

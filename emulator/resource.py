"""Resources of the REST API as JSON, calls above all: numbers are strings, dates RFC 2822."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Final

from emulator.call import API_VERSION, LiveCall

# Twilio fills in the price some time after the end; ours is a figure, not a bill.
PRICE_AFTER: Final = timedelta(seconds=60)
PRICE_USD_A_MINUTE: Final = Decimal("0.01")


def account_json(account_sid: str) -> dict[str, object]:
    """The account, as far as customers look at it; its auth token is never shown here."""
    return {
        "sid": account_sid,
        "friendly_name": "Emulated account",
        "status": "active",
        "type": "Full",
        "owner_account_sid": account_sid,
        "uri": f"/{API_VERSION}/Accounts/{account_sid}.json",
    }


def call_json(call: LiveCall, now: datetime) -> dict[str, object]:
    """One call as the API shows it at ``now``."""
    uri = f"/{API_VERSION}/Accounts/{call.account_sid}/Calls/{call.call_sid}"
    return {
        "sid": call.call_sid,
        "account_sid": call.account_sid,
        "api_version": API_VERSION,
        "date_created": _date(call.created_at),
        "date_updated": _date(call.ended_at or call.answered_at or call.created_at),
        "parent_call_sid": None,
        "to": call.to,
        "to_formatted": call.to,
        "from": call.from_,
        "from_formatted": call.from_,
        "phone_number_sid": None,
        "status": call.status.value,
        "start_time": _date(call.answered_at),
        "end_time": _date(call.ended_at),
        "duration": str(call.duration_s) if call.is_over else None,
        "price": _price(call, now),
        "price_unit": "USD",
        "direction": call.direction.value,
        "answered_by": call.answered_by,
        "annotation": None,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": {
            name: f"{uri}/{path}.json"
            for name, path in (
                ("recordings", "Recordings"),
                ("notifications", "Notifications"),
                ("events", "Events"),
                ("streams", "Streams"),
            )
        },
    }


def page_json(calls: Sequence[LiveCall], account_sid: str, now: datetime) -> dict[str, object]:
    """One page with all ``calls``."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Calls.json?PageSize=50&Page=0"
    return {
        "calls": [call_json(call, now) for call in calls],
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": max(0, len(calls) - 1),
        "uri": uri,
        "first_page_uri": uri,
        "next_page_uri": None,
        "previous_page_uri": None,
    }


def _date(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at.replace(microsecond=0))


def _price(call: LiveCall, now: datetime) -> str | None:
    if call.ended_at is None or now - call.ended_at < PRICE_AFTER:
        return None
    minutes = -(-call.duration_s // 60)
    return f"{-PRICE_USD_A_MINUTE * minutes:.5f}"

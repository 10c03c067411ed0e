"""The doors on the real database: retried webhooks, tokens of other processes, late news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import httpx
import pytest

from api.application import make_application
from api.auth import Role, hash_key
from api.services import Services
from app.clock import MachineClock, machine_entropy
from app.keys import Keys
from app.storage import (
    Storage,
    bring_up_to_date,
    make_ready,
    newest_revision,
    open_storage,
    revision_of,
)
from core.call import CallState
from core.errors import InvalidInputError, ProviderError, RefusedError
from core.ids import CallSid
from core.phone import PhoneNumber
from db import migrate
from db.crypto import Keyring, new_key_text
from tests.integration.api.stored_doors import BASE, services_on

CALL_SID = CallSid("CA" + "a" * 32)
OWN = PhoneNumber("+447700900123")
INBOUND = {"CallSid": CALL_SID, "From": "+442079460123", "To": "+442079460100"}
KEYRING = Keyring.parse(new_key_text())


@pytest.fixture
async def storage(fresh_database: str) -> AsyncIterator[Storage]:
    async with open_storage(
        fresh_database, KEYRING, MachineClock(), machine_entropy, "test"
    ) as opened:
        await make_ready(opened, migrate=True)
        yield opened


@pytest.fixture
def services(storage: Storage, tmp_path: Path) -> Services:
    return services_on(storage, tmp_path, OWN)


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_application(services), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


async def post(client: httpx.AsyncClient, path: str, form: dict[str, str]) -> httpx.Response:
    return await client.post(path, content=urlencode(form))


def parameters(text: str) -> dict[str, str]:
    return {p.attrib["name"]: p.attrib["value"] for p in ET.fromstring(text).iter("Parameter")}


async def test_a_webhook_delivered_at_once_and_again_is_one_call(
    client: httpx.AsyncClient, storage: Storage
) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(post(client, "/twilio/voice", INBOUND)) for _ in range(5)]
    answers = [parameters(task.result().text)["call_id"] for task in tasks]
    assert len(set(answers)) == 1
    assert len(await storage.views.recent(10)) == 1


async def test_a_token_opens_once_in_whichever_process(
    client: httpx.AsyncClient, storage: Storage, services: Services, tmp_path: Path
) -> None:
    given = parameters((await post(client, "/twilio/voice", INBOUND)).text)
    other = services_on(storage, tmp_path, OWN).tokens
    opened = 0
    for tokens in (other, services.tokens):
        try:
            assert str(await tokens.redeem(given["token"], given["call_id"])) == given["call_id"]
            opened += 1
        except RefusedError as error:
            assert error.code == "TOKEN_USED"  # noqa: PT017  one of the two is refused
    assert opened == 1


async def test_an_outbound_call_from_order_to_the_carriers_last_word(
    client: httpx.AsyncClient, storage: Storage, services: Services
) -> None:
    manager = await Keys(storage.keys, machine_entropy).make("desk", Role.MANAGER)
    headers = {"Authorization": f"Bearer {manager}"}
    order = {"to": OWN.e164, "variables": {"lead_name": "Anna"}}
    placed = (await client.post("/api/calls", json=order, headers=headers)).json()
    assert placed["state"] == "dialing"
    sid, call_id = placed["call_sid"], placed["call_id"]
    card = await services.register.card((await services.register.name(call_id, sid)).call_id)
    assert (card.theirs, card.variables) == (OWN, {"lead_name": "Anna"})
    for status, sequence in (("completed", "3"), ("ringing", "1"), ("completed", "3")):
        form = {"CallSid": sid, "CallStatus": status, "SequenceNumber": sequence}
        answer = await post(client, f"/twilio/status-callback/{call_id}", form)
        assert answer.status_code == HTTPStatus.NO_CONTENT
    told = (await client.get(f"/api/calls/{sid}", headers=headers)).json()
    assert (told["state"], told["direction"], told["to"]) == ("ended", "outbound", OWN.e164)
    listed = (await client.get("/api/calls", headers=headers)).json()["calls"]
    assert [call["call_id"] for call in listed] == [call_id]
    assert await storage.calls.is_over(card.call_id)


async def test_a_busy_line_ends_the_call(client: httpx.AsyncClient, storage: Storage) -> None:
    await post(client, "/twilio/voice", INBOUND)
    form = {"CallSid": CALL_SID, "CallStatus": "busy", "SequenceNumber": "2"}
    await post(client, "/twilio/status-callback", form)
    told = await storage.views.one(CALL_SID)
    assert told is not None
    assert (told["state"], told["end_reason"]) == (CallState.ENDED.value, "busy")


async def test_an_unknown_number_and_an_unknown_call(
    client: httpx.AsyncClient, storage: Storage
) -> None:
    answer = await post(client, "/twilio/voice", {**INBOUND, "To": "+442079460999"})
    assert [child.tag for child in ET.fromstring(answer.text)] == ["Say", "Hangup"]
    form = {"CallSid": CALL_SID, "CallStatus": "completed", "SequenceNumber": "0"}
    answer = await post(client, "/twilio/status-callback", form)
    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert not await storage.views.recent(10)


async def test_keys(storage: Storage) -> None:
    keys = Keys(storage.keys, machine_entropy)
    first = await keys.make_first()
    assert first is not None
    assert await keys.make_first() is None
    holder = await keys.holder(hash_key(first))
    assert holder is not None
    assert holder.role is Role.ADMIN
    for role in Role:
        made = await keys.holder(hash_key(await keys.make(role.value, role)))
        assert made is not None
        assert (made.key_name, made.role) == (role.value, role)
    assert await keys.holder(hash_key("parley_unknown")) is None


async def test_a_database_of_yours_is_only_checked(fresh_database: str) -> None:
    async with open_storage(
        fresh_database, KEYRING, MachineClock(), machine_entropy, "test"
    ) as storage:
        with pytest.raises(InvalidInputError, match="parley migrate"):
            await make_ready(storage, migrate=False)
        assert await revision_of(storage) is None
        assert await bring_up_to_date(storage) == newest_revision()
        await make_ready(storage, migrate=False)


async def test_the_wrong_key_is_told(storage: Storage) -> None:
    wrong = Keyring.parse(new_key_text())
    async with open_storage(storage.url, wrong, MachineClock(), machine_entropy, "x") as other:
        with pytest.raises(InvalidInputError) as caught:
            await make_ready(other, migrate=True)
    assert caught.value.field == "PARLEY_KEY"


async def test_a_database_that_is_not_there_is_told() -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    async with open_storage(url, KEYRING, MachineClock(), machine_entropy, "x") as storage:
        with pytest.raises(ProviderError, match="DATABASE_URL"):
            await make_ready(storage, migrate=False)
        with pytest.raises(ProviderError):
            await bring_up_to_date(storage)


def test_the_newest_revision_is_alembics() -> None:
    assert (newest_revision(),) == migrate.heads()

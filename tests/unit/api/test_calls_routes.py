"""The routes of calls: placing, listing, reading, watching, hearing; and who may."""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import WebSocketRoute

from api.application import ROUTERS
from api.auth import Requires
from api.carrier_hooks import Signed
from api.stream_counts import Refusal
from core.errors import ProviderError
from tests.fakes.call_views import ENDED_CALL, TOLD_ID, TOLD_SID
from tests.unit.api.doors import OWN, Doors

OPEN = {"/healthz", "/readyz"}  # say nothing about anybody


def test_every_route_has_a_rule(doors: Doors) -> None:
    assert len(doors.app.routes) == len(ROUTERS)  # nothing comes in beside them
    for route in (route for router in ROUTERS for route in router.routes):
        if isinstance(route, WebSocketRoute):
            assert route.path == "/twilio/stream"  # checks the signature itself, before accepting
            continue
        assert isinstance(route, APIRoute), route
        rules = [
            dependency.call
            for dependency in route.dependant.dependencies
            if isinstance(dependency.call, Requires | Signed)
        ]
        wanted = 0 if route.path in OPEN else 1
        assert len(rules) == wanted, f"{route.path} has {len(rules)} rules"
        if route.path.startswith("/api"):
            assert isinstance(rules[0], Requires)
        if route.path.startswith("/twilio"):
            assert isinstance(rules[0], Signed)


async def test_a_call_to_an_own_number_is_placed(doors: Doors, manager: httpx.AsyncClient) -> None:
    answer = await manager.post(
        "/api/calls", json={"to": "07700 900 123", "variables": {"lead_name": "Anna"}}
    )
    assert answer.status_code == HTTPStatus.CREATED
    ((permit, card),) = doors.placer.placed
    assert permit.number == card.theirs == OWN
    assert card.variables == {"lead_name": "Anna"}
    assert answer.json() == {
        "call_id": str(card.call_id),
        "call_sid": "CA" + "0" * 31 + "1",
        "state": "dialing",
    }


async def test_without_a_clear_answer_the_call_stays_queued(
    doors: Doors, manager: httpx.AsyncClient
) -> None:
    doors.placer.silent = True
    answer = await manager.post("/api/calls", json={"to": OWN.e164})
    assert answer.status_code == HTTPStatus.CREATED
    assert (answer.json()["call_sid"], answer.json()["state"]) == (None, "queued")
    assert len(doors.placer.placed) == 1


@pytest.mark.parametrize(
    ("to", "codes"),
    [
        ("+442079460123", {"NO_LAWFUL_BASIS"}),
        ("999", {"EMERGENCY_NUMBER", "NO_LAWFUL_BASIS"}),
        ("+44 112", {"EMERGENCY_NUMBER", "NO_LAWFUL_BASIS"}),
        ("118 500", {"NUMBER_TYPE_BLOCKED", "NO_LAWFUL_BASIS"}),
        ("0909 879 0000", {"NUMBER_TYPE_BLOCKED", "NO_LAWFUL_BASIS"}),
        ("+1 415 867 5309", {"UNSUPPORTED_JURISDICTION", "NO_LAWFUL_BASIS"}),
        ("nobody", {"INVALID_NUMBER", "NO_LAWFUL_BASIS"}),
        ("", {"INVALID_NUMBER", "NO_LAWFUL_BASIS"}),
    ],
)
async def test_every_reason_of_a_refusal_is_told(
    doors: Doors, manager: httpx.AsyncClient, to: str, codes: set[str]
) -> None:
    answer = await manager.post("/api/calls", json={"to": to})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.headers["content-type"] == "application/problem+json"
    assert {reason["code"] for reason in answer.json()["reasons"]} == codes
    assert not doors.placer.placed
    assert not doors.register.cards


async def test_whoever_objected_is_not_called(doors: Doors, manager: httpx.AsyncClient) -> None:
    doors.lines.suppressed.add(OWN)
    answer = await manager.post("/api/calls", json={"to": OWN.e164})
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["DNC_CONTACT_OBJECTION"]
    assert not doors.placer.placed


async def test_a_carrier_that_refuses_is_told(doors: Doors, manager: httpx.AsyncClient) -> None:
    doors.placer.fault = ProviderError("twilio", "No such number.", retryable=False)
    answer = await manager.post("/api/calls", json={"to": OWN.e164})
    assert answer.status_code == HTTPStatus.BAD_GATEWAY
    assert answer.json()["retryable"] is False


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"to": OWN.e164, "colour": "red"}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"to": OWN.e164, "from": "020"}, HTTPStatus.UNPROCESSABLE_ENTITY),
        ({"to": OWN.e164, "from": "+442079460999"}, HTTPStatus.NOT_FOUND),
        ({"to": OWN.e164, "script": "nobody_wrote_it"}, HTTPStatus.NOT_FOUND),
        ({"to": "1" * 50}, HTTPStatus.UNPROCESSABLE_ENTITY),
    ],
)
async def test_a_wrong_order_is_explained(
    manager: httpx.AsyncClient, body: dict[str, str], status: int
) -> None:
    answer = await manager.post("/api/calls", json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]


async def test_a_number_in_a_wrong_request_is_not_repeated(manager: httpx.AsyncClient) -> None:
    answer = await manager.post("/api/calls", json={"to": {"number": "+442079460123"}})
    assert "9460123" not in answer.text


async def test_only_managers_place_calls(viewer: httpx.AsyncClient) -> None:
    answer = await viewer.post("/api/calls", json={"to": OWN.e164})
    assert answer.status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"X-API-Key": "x"}])
async def test_without_a_valid_key_nothing_is_told(doors: Doors, headers: dict[str, str]) -> None:
    async with doors.client() as client:
        for path in ("/api/calls", f"/api/calls/{TOLD_SID}", "/api/openapi.json"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == HTTPStatus.UNAUTHORIZED
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_the_key_may_come_in_its_own_header(doors: Doors) -> None:
    async with doors.client() as client:
        answer = await client.get("/api/calls", headers={"X-API-Key": "viewer"})
    assert answer.status_code == HTTPStatus.OK


async def test_the_list(viewer: httpx.AsyncClient) -> None:
    answer = await viewer.get("/api/calls", params={"limit": 1})
    (call,) = answer.json()["calls"]
    assert (call["call_sid"], call["from"], call["to"]) == (
        TOLD_SID,
        "+442079460123",
        "+442079460100",
    )
    assert "turns" not in call


@pytest.mark.parametrize("limit", ["0", "201", "many"])
async def test_the_list_has_limits(viewer: httpx.AsyncClient, limit: str) -> None:
    answer = await viewer.get("/api/calls", params={"limit": limit})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize("name", [TOLD_SID, TOLD_ID])
async def test_one_call_is_told_whole(viewer: httpx.AsyncClient, name: str) -> None:
    told = (await viewer.get(f"/api/calls/{name}")).json()
    wanted = json.loads(json.dumps(ENDED_CALL).replace("+00:00", "Z"))
    assert told == wanted


async def test_an_unknown_call(viewer: httpx.AsyncClient) -> None:
    for path in ("", "/live", "/recording"):
        answer = await viewer.get(f"/api/calls/CA{'9' * 32}{path}")
        assert answer.status_code == HTTPStatus.NOT_FOUND


async def test_the_live_feed(doors: Doors, viewer: httpx.AsyncClient) -> None:
    doors.live.lines = [("1-0", '{"kind":"state"}'), None, ("2-0", '{"kind":"ended"}')]
    answer = await viewer.get(f"/api/calls/{TOLD_SID}/live", headers={"Last-Event-ID": "0-5"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text == (
        ": live feed\n\n"
        'id: 1-0\ndata: {"kind":"state"}\n\n'
        ": waiting\n\n"
        'id: 2-0\ndata: {"kind":"ended"}\n\n'
        ": end of feed\n\n"
    )
    ((call_id, after),) = doors.live.asked
    assert (str(call_id), after) == (TOLD_ID, "0-5")


async def test_the_recording(doors: Doors, viewer: httpx.AsyncClient) -> None:
    (doors.data_dir / "recordings").mkdir()
    (doors.data_dir / "recordings" / "one.wav").write_bytes(b"RIFF")
    doors.views.recordings[TOLD_SID] = "recordings/one.wav"
    answer = await viewer.get(f"/api/calls/{TOLD_SID}/recording")
    assert (answer.content, answer.headers["content-type"]) == (b"RIFF", "audio/wav")


@pytest.mark.parametrize("path", ["recordings/gone.wav", "../outside.wav"])
async def test_a_recording_that_is_not_there(
    doors: Doors, viewer: httpx.AsyncClient, path: str
) -> None:
    (doors.data_dir.parent / "outside.wav").write_bytes(b"RIFF")
    doors.views.recordings[TOLD_SID] = path
    answer = await viewer.get(f"/api/calls/{TOLD_SID}/recording")
    assert answer.status_code == HTTPStatus.NOT_FOUND


async def test_health(doors: Doors) -> None:
    async def well() -> None: ...

    async def ill() -> None:
        raise OSError("gone")

    async with doors.client() as client:
        assert (await client.get("/healthz")).json() == {"status": "alive"}
        doors.checks.update(database=well, cache=ill)
        answer = await client.get("/readyz")
        assert answer.status_code == HTTPStatus.OK  # a cache may be lost
        assert answer.json()["checks"] == {"database": "ok", "cache": "failed"}
        doors.checks["database"] = ill
        answer = await client.get("/readyz")
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE


async def test_a_server_that_is_about_to_end_is_not_ready(doors: Doors) -> None:
    async with doors.client() as client:
        assert (await client.get("/readyz")).json()["status"] == "ready"
        doors.desk.is_draining = True
        answer = await client.get("/readyz")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json()["status"] == "draining"


async def test_the_use_of_the_reply_cache_is_shown(doors: Doors) -> None:
    async with doors.client() as client:
        assert (await client.get("/readyz")).json()["reply_cache"] == {}
    counts = {"hits": 3.0, "misses": 1.0, "hit_rate": 0.75}
    doors.app.state.services = replace(doors.services, reply_cache=lambda: counts)
    async with doors.client() as client:
        assert (await client.get("/readyz")).json()["reply_cache"] == counts


async def test_the_description_is_behind_a_key(viewer: httpx.AsyncClient) -> None:
    answer = await viewer.get("/api/openapi.json")
    assert "/api/calls" in answer.json()["paths"]


async def test_a_bug_is_not_shown(doors: Doors, viewer: httpx.AsyncClient) -> None:
    doors.views.calls[0].pop("state")
    answer = await viewer.get(f"/api/calls/{TOLD_SID}")
    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "state" not in answer.text


async def test_health_tells_the_load_and_what_was_refused(doors: Doors) -> None:
    doors.services.load.reason = "loop lag"
    doors.desk.has_room = False
    doors.services.counts.refusals[Refusal.UNSIGNED] += 2
    async with doors.client() as client:
        told = (await client.get("/readyz")).json()
    assert told["load"] == {"has_room": False, "reason": "loop lag", "loop_lag_p99_ms": 0.0}
    assert (told["streams"]["refused"], told["streams"]["waiting"]) == (2, 0)
    assert told["streams"]["refused_by_reason"] == {"unsigned": 2}

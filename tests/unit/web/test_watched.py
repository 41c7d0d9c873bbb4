"""Health, figures, the public status, and what stands in logs."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from bot.rules.errors import Code, TryAgain
from bot.web.site import Site
from tests.unit.web.memory import WINDOW, Memory
from tests.unit.web.reader import Reader

GOOD = {"seal": "seal-mulberry-0", "kernel": "6.1.0-13-amd64", "read": "yes"}
SECRETS = ("link-mulberry", "seal-mulberry", "192.0.2.7", "anna@example.net", "6.1.0-13")


async def test_health_says_whether_the_database_answers(reader: Reader, memory: Memory) -> None:
    well = await reader.get("/healthz")
    memory.away = TryAgain(Code.STORE_UNREACHABLE)
    ill = await reader.get("/healthz")

    assert (well.status, well.text) == (200, "ok\n")
    assert (ill.status, ill.text) == (503, "database away\n")


async def test_figures_are_for_those_who_watch(reader: Reader) -> None:
    assert (await reader.get("/metrics")).status == 404
    assert (await replace(reader, address="unix").get("/metrics")).status == 404

    local = replace(reader, address="127.0.0.1")
    assert (await local.get("/metrics", x_forwarded_for="192.0.2.7")).status == 404
    shown = await local.get("/metrics")

    lines = shown.text.splitlines()
    assert shown.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "maint_optins 31.0" in lines
    assert 'maint_holds{scope="global"} 1.0' in lines
    assert 'maint_deliveries{state="sent"} 7.0' in lines
    assert "maint_database_up 1.0" in lines


async def test_figures_name_routes_and_never_what_was_asked(reader: Reader, place: Site) -> None:
    await reader.get("/optin/link-mulberry")
    await reader.post("/optin/link-mulberry/in", GOOD)
    await reader.post("/links", {"address": "anna@example.net"})
    await reader.get("/nowhere/anna@example.net")

    shown = await replace(reader, address="127.0.0.1").get("/metrics")

    assert 'maint_http_requests_total{route="/optin/{token}",status="200"} 1.0' in shown.text
    assert 'maint_http_requests_total{route="no route",status="404"} 1.0' in shown.text
    assert 'maint_links_total{outcome="asked"} 1.0' in shown.text
    assert [secret for secret in (*SECRETS, "mulberry") if secret in shown.text] == []
    del place


async def test_figures_are_shown_without_a_database_too(reader: Reader, memory: Memory) -> None:
    memory.away = TryAgain(Code.STORE_UNREACHABLE)

    shown = await replace(reader, address="127.0.0.1").get("/metrics")

    assert (shown.status, "maint_database_up 0.0" in shown.text) == (200, True)


async def test_the_status_names_hosts_and_times_and_no_guest(
    reader: Reader, memory: Memory
) -> None:
    page, known = await reader.get("/status"), await reader.get("/status.json")

    assert "hobgoblin.example.net" in page.plain
    assert "Tuesday 28 September 2021, 20:00 UTC (21:00 BST)" in page.plain
    assert known.json == {"zone": "Europe/London", "windows": [WINDOW]}
    assert "mulberry" not in page.text + known.text
    assert page.headers["refresh"] == "60"

    memory.events[0]["state"] = "under way"
    assert (await reader.get("/status")).headers["refresh"] == "15"


async def test_the_way_in_leads_to_the_status(reader: Reader) -> None:
    answer = await reader.get("/")

    assert (answer.status, answer.headers["location"]) == (303, "/status")


async def test_a_defect_is_answered_plainly_and_logged_without_what_was_sent(
    reader: Reader, memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    memory.away = KeyError("link-mulberry", "seal-mulberry-0", "anna@example.net")
    memory.away.__cause__ = ValueError("link-mulberry")

    answer = await reader.post("/optin/link-mulberry/in", GOOD)

    assert (answer.status, "Something went wrong on our side" in answer.plain) == (500, True)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "POST /optin/{token}/in: builtins.KeyError" in caplog.text
    assert "memory.py" in caplog.text  # where it came from
    assert [secret for secret in SECRETS if secret in caplog.text] == []


async def test_nothing_is_logged_of_what_goes_well_or_is_refused(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for path in ("/optin/link-mulberry", "/optin/forged", "/undo/x", "/nowhere"):
        await reader.get(path)
    await reader.post("/optin/link-mulberry/in", GOOD)
    await reader.post("/optin/link-mulberry/in", {**GOOD, "kernel": "3.16.0"})

    assert [record for record in caplog.records if record.name != "asyncio"] == []

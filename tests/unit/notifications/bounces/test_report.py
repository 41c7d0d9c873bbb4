from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.bounces.report import BounceKind, classify, understood
from tests.unit.notifications.bounces.dsn import report

HARD, SOFT, POLICY = BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY
PATH = "bounces+7-abc@example.net"
STATUS = b"Content-Type: message/delivery-status\n\n"
CUT_OFF = b"Content-Type: multipart/report; boundary=a\n\n--a\n" + STATUS
LAYERS = (f"Content-Type: multipart/report; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
DEEP = "".join(LAYERS).encode()


@pytest.mark.parametrize(
    ("action", "status", "said", "kind"),
    [
        ("failed", "5.1.1", "", HARD),
        ("Failed", "5.1.10", "", HARD),
        ("failed", "5.2.1", "mailbox disabled", HARD),
        ("failed", "5.4.4", "Host or domain name not found", HARD),
        ("failed", "5.0.0", "550 5.1.1 unknown", HARD),
        ("failed", "", "550 5.1.2 unknown", HARD),
        ("failed", "5.2.2", "mailbox full", SOFT),
        ("failed", "4.4.1", "timed out for five days", SOFT),
        ("delayed", "4.2.0", "", SOFT),
        ("delayed", "5.1.1", "", SOFT),
        ("failed", "5.0.0", "550 no", SOFT),
        ("failed", "5.0.0", "host mx[5.1.1.9] said no", SOFT),
        ("failed", "nonsense", "", SOFT),
        ("failed", "5.7.1", "blocked", POLICY),
        ("failed", "5.7.26", "", POLICY),
        ("failed", "5.0.0", "550-5.7.1 spam", POLICY),
        ("failed", "5.6.1", "", POLICY),
        ("failed", "5.3.4", "too big", POLICY),
        ("failed", "5.1.8", "your domain does not exist", POLICY),
        ("delivered", "2.0.0", "", None),
        ("relayed", "2.0.0", "", None),
        ("failed", "2.0.0", "", None),
    ],
)
@pytest.mark.failure(49)
def test_only_what_is_certain_of_the_address_is_hard(
    action: str, status: str, said: str, kind: BounceKind | None
) -> None:
    assert classify(action, status, said) is kind


def test_a_report_tells_where_it_was_sent_and_what_was_said() -> None:
    found = understood(report(PATH, envelope="7-abc"))

    assert found is not None
    assert (found.id, found.kind, found.status) == ("<r1@relay.example.net>", HARD, "5.1.1")
    assert set(found.to) == {PATH, "7-abc"}
    assert found.detail == "smtp; 550 5.1.1 No such user"


def test_a_report_without_a_name_is_named_by_what_it_says() -> None:
    one, other = (
        understood(report(PATH, said=text, name="").replace(b"Message-ID: \n", b""))
        for text in ("550 5.1.1 a", "550 5.1.1 b")
    )

    assert one is not None
    assert other is not None
    assert one.id != other.id


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\xff\n\n",
        b"Auto-Submitted: auto-replied\nSubject: I am away\n\nBack on Monday.\n",
        b"Content-Type: multipart/report\n\nno part",
        report(PATH).replace(b"multipart/report", b"multipart/mixed"),
        report(PATH, action="delivered", status="2.0.0"),
        CUT_OFF,
        DEEP,
    ],
    ids=["nothing", "binary", "away", "bare", "no report", "arrived", "cut off", "deep"],
)
def test_what_is_no_report_of_a_failure_is_none(raw: bytes) -> None:
    assert understood(raw) is None


@given(st.binary(), st.integers(0, 900), st.integers(0, 60))
def test_a_damaged_report_raises_nothing(noise: bytes, start: int, length: int) -> None:
    whole = report(PATH)

    found = understood(whole[:start] + noise + whole[start + length :])

    assert found is None or found.detail.isprintable()


@pytest.mark.parametrize("field", [b"Status", b"Diagnostic-Code", b"Action"])
def test_hostile_fields_are_cut_and_cleaned(field: bytes) -> None:
    raw = report(PATH).replace(field + b":", field + b": \x1b[2J\xff" + b"x" * 100_000)

    found = understood(raw)

    assert found is not None
    assert len(found.detail) <= 200
    assert "\x1b" not in found.detail + found.status

"""Mail in a folder: whole files, safe names, and no trouble that raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.errors import Problem, TransportDown
from notifications.transport.folder import FolderTransport, safe
from notifications.verdict import Meaning
from tests.unit.notifications.transport.relays import CONTENT, envelope

if TYPE_CHECKING:
    from pathlib import Path

    from notifications.verdict import Verdict


def mails(folder: Path) -> list[Path]:
    return list(folder.rglob("*.eml"))


async def put(folder: Path, recipient: str = "a@example.org", content: bytes = CONTENT) -> Verdict:
    one = await FolderTransport(folder).connect()
    await one.offer(envelope(recipient, id="7"))
    return await one.deliver(content)


async def test_a_mail_is_a_file_named_after_recipient_and_id(tmp_path: Path) -> None:
    await put(tmp_path / "outbox")
    assert (tmp_path / "outbox/a@example.org/7.eml").read_bytes() == CONTENT


async def test_the_same_id_again_replaces_the_file(tmp_path: Path) -> None:
    await put(tmp_path)
    await put(tmp_path, content=b"new\r\n")
    assert [path.read_bytes() for path in mails(tmp_path)] == [b"new\r\n"]


async def test_only_the_owner_may_read(tmp_path: Path) -> None:
    await put(tmp_path / "outbox")
    found = [tmp_path / "outbox", *(tmp_path / "outbox").rglob("*")]
    assert {path.stat().st_mode & 0o077 for path in found} == {0}


@pytest.mark.parametrize(
    "recipient", ["../../etc/x", "..", ".", "/", "a/b@c", "a\0b@c", "\udc80@c", "ü" * 300, "", "~"]
)
async def test_an_odd_address_stays_in_the_folder(recipient: str, tmp_path: Path) -> None:
    verdict = await put(tmp_path, recipient)
    (path,) = mails(tmp_path)
    assert (verdict.meaning, path.parent.parent) == (Meaning.ACCEPTED, tmp_path)


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_every_name_is_safe(name: str) -> None:
    made = safe(name)
    assert 0 < len(made.encode()) <= 200
    assert made.isascii()
    assert not made.startswith(".")
    assert "/" not in made


@given(st.lists(st.text(max_size=90), min_size=2, max_size=2, unique=True))
def test_no_two_names_become_one(names: list[str]) -> None:
    assert len(set(map(safe, names))) == 2


async def test_a_place_that_cannot_be_written_is_the_relays_trouble(tmp_path: Path) -> None:
    (tmp_path / "a@example.org").write_text("in the way")
    verdict = await put(tmp_path)
    assert (verdict.meaning, verdict.broken) == (Meaning.RELAY, False)
    assert "File exists" in verdict.text


async def test_a_mail_that_could_not_be_finished_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a@example.org/.7.eml.part").mkdir(parents=True)
    await put(tmp_path)
    assert mails(tmp_path) == []


async def test_a_folder_that_cannot_be_made_is_a_transport_that_is_down(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TransportDown) as caught:
        await FolderTransport(tmp_path / "file/outbox").connect()
    assert caught.value.problem is Problem.RELAY
    assert caught.value.fields["phase"] == "connect"

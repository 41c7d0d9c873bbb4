"""What the operator of 2021 had to do after the accident, from the terminal; the rest is golden.

Rewrite the transcript with `pytest tests/e2e --golden-write` and read the difference.
"""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

import pytest

from tests.e2e.theatre import Play, play

TRANSCRIPT = Path(__file__).parent / "transcripts" / "afterwards-2021.txt"
LIST = "announce@lists.example.net"
STORY = (
    "start hobgoblin",
    "campaign list",
    # the customers are told that suspend+restore is not used
    "campaign new feature-hold --announce",
    "campaign preview 3",
    "campaign approve 3",
    "campaign send 3",
    "announce preview 4",
    "campaign approve 4",
    "announce post 4",
    # everybody is set back
    "optin reset",
    "yes",
    "campaign preview 5",
    "campaign approve 5",
    "campaign send 5",
    "announce preview 6",
    "campaign approve 6",
    "announce post 6",
    "optin show aster",
    # nobody is invited again before it is known to be safe
    "campaign new reoptin",
    "campaign list",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("afterwards")


@pytest.fixture(scope="module")
def played(folder: Path) -> Play:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MAINT_PACE__PER_MINUTE", "0")
        return asyncio.run(play(folder, STORY))


def test_the_story_is_golden(played: Play, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--golden-write"):
        TRANSCRIPT.write_text(played.transcript, encoding="utf-8")

    assert played.transcript == TRANSCRIPT.read_text(encoding="utf-8")


def test_each_contact_of_the_85_guests_has_one_mail_of_the_reset(
    played: Play, folder: Path
) -> None:
    subjects = [mail["Subject"] for to, mail in mails(folder) if to != LIST]

    assert "85 guests → 55 contacts" in played.transcript
    assert sum("set back to opted out" in subject for subject in subjects) == 55


def test_the_list_gets_each_post_once(played: Play, folder: Path) -> None:
    assert played.exit_status == 1

    posts = [mail for to, mail in mails(folder) if to == LIST]
    assert len(posts) == len({mail["Message-ID"] for mail in posts}) == 2


def mails(folder: Path) -> list[tuple[str, Message]]:
    files = sorted((folder / "mail").rglob("*.eml"))
    read = (message_from_bytes(path.read_bytes(), policy=default) for path in files)
    return [(str(mail["To"]), mail) for mail in read]

"""What customers read, as it goes out: a golden mail of every kind, and what all have in common.

Rewrite them with `pytest tests/golden --golden-write`, and read the difference as a customer would.
"""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.maintenance.notices.filters import COLUMNS, FILTERS
from bot.maintenance.notices.kinds import EVERY
from notifications import BadCampaign, Campaign, CampaignState, Recipient
from notifications.compose.letters import Composer, dated
from notifications.compose.mailbox import parse
from notifications.compose.tokens import Tokens
from notifications.compose.wording import Wording
from tests.golden.samples import HOUSE, SAMPLES, START, Sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

MAIL = Path(__file__).parent / "mail"
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
COMPOSER = Composer(Wording(TEMPLATES, FILTERS), Tokens(b"golden"), HOUSE)

POSTS = tuple(sample for sample in SAMPLES if sample.post)
OFFERS = tuple(sample for sample in SAMPLES if EVERY[sample.kind].html)
INCIDENTS = tuple(sample for sample in SAMPLES if sample.kind == "incident")
NAMES = {item["guest"] for sample in SAMPLES for item in sample.items}
NAMES |= {word for sample in SAMPLES for word in sample.to}
KEPT = "    "  # a command or a link, however long
SUBJECT = 70  # characters that most programs show


def campaign(sample: Sample) -> Campaign:
    return Campaign(
        number=7,
        kind=sample.kind,
        state=CampaignState.DRAFT,
        actor="os:ann",
        created=START,
        values=sample.values,
    )


def letter(sample: Sample) -> bytes:
    name, address = sample.to
    recipient = Recipient(address=address, name=name, items=sample.items)
    return COMPOSER.letter(EVERY[sample.kind], campaign(sample), recipient, parse(address))


def post(sample: Sample) -> bytes:
    return COMPOSER.post(EVERY[sample.kind], campaign(sample), "")


def named(sample: Sample) -> str:
    return sample.name


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def body(content: bytes, kind: str) -> str:
    part = parsed(content).get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def text(content: bytes) -> str:
    return body(content, "plain")


def too_long(words: str) -> list[str]:
    return [
        line for line in words.splitlines() if len(line) > COLUMNS and not line.startswith(KEPT)
    ]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    def compare(name: str, content: bytes) -> None:
        path = MAIL / f"{name}.eml"
        if request.config.getoption("--golden-write"):
            path.write_bytes(content)
        assert content.decode() == path.read_bytes().decode()

    return compare


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_a_letter_is_golden(sample: Sample, golden: Callable[[str, bytes], None]) -> None:
    golden(sample.name, dated(letter(sample), START))


@pytest.mark.parametrize("sample", POSTS, ids=named)
def test_a_post_is_golden(sample: Sample, golden: Callable[[str, bytes], None]) -> None:
    golden(f"announce-{sample.name}", dated(post(sample), START))


def test_every_golden_file_belongs_to_a_sample() -> None:
    names = {sample.name for sample in SAMPLES} | {f"announce-{post.name}" for post in POSTS}

    assert {path.stem for path in MAIL.iterdir()} == names


def test_every_kind_has_a_sample_and_every_announced_kind_a_post() -> None:
    assert {sample.kind for sample in SAMPLES} == set(EVERY)
    assert {sample.kind for sample in POSTS} == {k.name for k in EVERY.values() if k.announce}


def test_every_kind_has_its_templates_and_every_template_its_kind() -> None:
    wanted = {f"email/{kind.name}.txt.jinja" for kind in EVERY.values()}
    wanted |= {f"email/{kind.name}.html.jinja" for kind in EVERY.values() if kind.html}
    wanted |= {f"announce/{kind.name}.txt.jinja" for kind in EVERY.values() if kind.announce}
    found = {
        f"{folder}/{path.name}"
        for folder in ("email", "announce")
        for path in (TEMPLATES / folder).iterdir()
        if not path.name.startswith("_")
    }

    assert found == wanted


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_a_sample_gives_all_that_its_kind_needs(sample: Sample) -> None:
    kind = EVERY[sample.kind]

    assert kind.needs <= set(sample.values)
    assert all(kind.item_needs <= set(item) for item in sample.items)


@pytest.mark.parametrize("sample", POSTS, ids=named)
def test_a_post_names_no_customer_and_no_guest(sample: Sample) -> None:
    content = post(sample)
    words = text(content) + str(parsed(content)["subject"])

    assert [name for name in NAMES if re.search(rf"\b{re.escape(name)}\b", words)] == []


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_a_letter_names_its_reader_and_no_other_customer(sample: Sample) -> None:
    words = text(letter(sample))
    others = NAMES - {item["guest"] for item in sample.items} - set(sample.to)

    assert words.startswith(f"Hello {sample.to[0]},\n\nTL;DR: ")
    assert [name for name in others if re.search(rf"\b{re.escape(name)}\b", words)] == []


@pytest.mark.parametrize("sample", INCIDENTS, ids=named)
def test_an_incident_never_calls_a_guest_repaired(sample: Sample) -> None:
    assert "repair" not in letter(sample).decode().lower()


def test_an_incident_cannot_be_rendered_before_a_person_has_written_a_paragraph() -> None:
    values = {name: value for name, value in INCIDENTS[0].values.items() if name != "paragraph"}

    with pytest.raises(BadCampaign) as caught:
        letter(replace(INCIDENTS[0], values=values))

    assert caught.value.fields["variable"] == "paragraph"


@pytest.mark.parametrize("sample", OFFERS, ids=named)
def test_html_takes_no_markup_from_a_name_and_has_every_link(sample: Sample) -> None:
    items = tuple({**item, "guest": "<b>"} for item in sample.items)
    html = body(letter(replace(sample, items=items)), "html")

    assert "<b>" not in html
    assert [item["link"] for item in items if html.count(item["link"]) != 2] == []


def test_html_is_made_of_templates_of_html_only() -> None:
    pages = [path.read_text() for path in (TEMPLATES / "email").glob("*.html.jinja")]
    others = [name for page in pages for name in re.findall(r'"(email/[^"]+)"', page)]

    assert [name for name in others if not name.endswith(".html.jinja")] == []


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_lines_fit_but_for_links_and_commands(sample: Sample) -> None:
    assert too_long(text(letter(sample))) == []
    assert not sample.post or too_long(text(post(sample))) == []


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_a_subject_begins_with_the_house_and_is_short(sample: Sample) -> None:
    subject = str(parsed(letter(sample))["subject"])

    assert subject.startswith("[Example Hosting] ")
    assert len(subject) <= SUBJECT


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_only_offers_say_how_to_stop_them(sample: Sample) -> None:
    words = text(letter(sample))

    assert ("To get no more offers" in words) is (not EVERY[sample.kind].service)

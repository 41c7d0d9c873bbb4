"""A house, its templates in a folder, and what a campaign is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notifications.compose.letters import Composer
from notifications.compose.tokens import Tokens
from notifications.compose.wording import Wording
from notifications.settings import House
from notifications.states import CampaignState
from notifications.terms import Campaign, Kind, Recipient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

AT = datetime(2021, 8, 29, 1, 2, 18, tzinfo=UTC)
TOKENS = Tokens(b"a key for tests")

HOUSE = House(
    name="Example Hosting",
    address="support@example.net",
    domain="example.net",
    bounces="bounces@example.net",
    links="https://panel.example.net",
    list="announce@lists.example.net",
)

NOTICE = Kind(name="hold", service=True, announce=True)
OFFER = Kind(name="offer", service=False, html=True)

FILES = {
    "email/_letter.txt.jinja": """\
{% block subject %}{% endblock %}
{% block text %}
Hello {{ to.name }},

{% block body %}{% endblock %}

{{ house.name }}
{% endblock %}
""",
    "email/hold.txt.jinja": """\
{% extends "email/_letter.txt.jinja" %}
{% block subject %}[{{ house.name }}] {{ topic }}{% endblock %}
{% block body %}
{% for item in items %}
- {{ item.guest }}
{% endfor %}
{% endblock %}
""",
    "email/offer.txt.jinja": """\
{% block subject %}{{ topic }}{% endblock %}
{% block text %}{{ to.name }}: stop by {{ unsubscribe }}{% endblock %}
""",
    "email/offer.html.jinja": "{% block html %}<p>{{ to.name }}</p>{% endblock %}",
    "announce/hold.txt.jinja": """\
{% block subject %}{{ topic }}{% endblock %}
{% block text %}Campaign {{ campaign.number }} of {{ campaign.kind }}{% endblock %}
""",
}


def wording(folder: Path, files: Mapping[str, str] = FILES) -> Wording:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return Wording(folder, {"loud": lambda text: text.upper()})


def composer(folder: Path, house: House = HOUSE) -> Composer:
    return Composer(wording(folder), TOKENS, house)


def campaign(**values: object) -> Campaign:
    return Campaign(
        number=7,
        kind="hold",
        state=CampaignState.DRAFT,
        actor="anna",
        created=AT,
        values={"topic": "News", **values},
    )


def recipient(*guests: str, name: str = "Anna Berg") -> Recipient:
    items = tuple({"guest": guest} for guest in guests)
    return Recipient(address="anna@example.org", name=name, items=items)

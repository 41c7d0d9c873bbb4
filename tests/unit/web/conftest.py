"""The pages over customers in memory."""

from __future__ import annotations

import pytest

from bot.maintenance.words import Pages
from bot.settings import shipped
from bot.web.site import Site, site
from bot.web.terms import Front, Rates
from notifications import House
from tests.unit.web.memory import Memory
from tests.unit.web.reader import Reader

HOUSE = House(
    name="Example Hosting",
    address="support@example.net",
    domain="example.net",
    links="https://panel.example.net",
    zone="Europe/London",
)
MANY = Rates(gets=10_000, posts=10_000, asks=10_000)


def pages(memory: Memory, rates: Rates = MANY, house: House = HOUSE) -> Site:
    """Return the site over *memory*."""
    return site(
        memory,
        Pages(shipped("templates") / "web"),
        memory,
        Front(house=house, rates=rates, soon=0.0),
    )


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def place(memory: Memory) -> Site:
    return pages(memory)


@pytest.fixture
def reader(place: Site) -> Reader:
    return Reader(application=place.application())

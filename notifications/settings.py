"""How mail goes out: plain values, given at construction. No secret has a repr."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class House:
    """Who writes: what every mail and its headers say of the provider."""

    name: str  # "Example Hosting"
    address: str  # From and Reply-To: support, read by people
    domain: str  # of Message-IDs
    bounces: str = ""  # "bounces@example.net": VERP puts a token before the @; empty: to `address`
    links: str = ""  # "https://panel.example.net": where the pages for customers are; no slash
    list: str = ""  # address of the announce list; empty: there is none
    list_id: str = ""  # its name on Mailman's REST: "announce.lists.example.net"
    staff: frozenset[str] = frozenset()  # addresses that get a campaign's mail first
    zone: str = "UTC"  # in which customers are told times, beside UTC
    values: dict[str, str] = field(default_factory=dict)  # more that every template may use


@dataclass(frozen=True, kw_only=True)
class Relay:
    """The SMTP relay."""

    host: str = "localhost"
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "starttls"
    certificates: str = ""  # file of authorities to trust; empty: the system's
    user: str = ""
    password: str = field(default="", repr=False)
    hidden: tuple[str, ...] = field(default=(), repr=False)  # more that it may not repeat to people
    greeting: str = ""  # what we call ourselves at EHLO; empty: this machine's name
    connect_seconds: float = 30.0
    answer_seconds: float = 300.0  # RFC 5321, 4.5.3.2: MAIL, RCPT and DATA
    dot_seconds: float = 660.0  # after the dot: at least ten minutes


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast, how often, how long."""

    per_minute: float = 60.0  # of all workers together; 0: as fast as it goes
    burst: int = 10  # mails that may go at once after a pause
    connections: int = 4  # of all workers together
    per_connection: int = 100  # mails, then it is opened anew; 0: no end
    retry_minutes: tuple[float, ...] = (5, 15, 30, 60, 120)  # then the last one again
    give_up_hours: float = 48.0  # after the first attempt
    stop_after: int = 5  # failures of the relay in a row that stop the campaign
    second_person: bool = False  # who drafted it may not approve it


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What nobody may read. Never in the database, a preview or a log."""

    key: bytes = field(repr=False)  # signs return paths and unsubscribe links
    list_password: str = field(default="", repr=False)  # `Approved:`; empty: not used
    rest_password: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Where the world says what became of mail; an empty text: it is not looked at."""

    bounces: str = ""  # a Maildir
    relay_log: str = ""  # Postfix's log file
    rest: str = ""  # Mailman's REST: "http://localhost:8001/3.1"
    rest_user: str = "restadmin"
    signing_key: str = ""  # of the operator's gpg agent: posts are signed
    gpg_home: str = ""  # empty: gpg's own

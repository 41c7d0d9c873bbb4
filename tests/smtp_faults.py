"""What a relay can do to its clients, by name; a `Fault` is a line such as `421:data,share=0.1`."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What happens when a fault strikes, in this order."""

    # connect, ehlo, starttls, auth, mail, rcpt, data, go (354 is said), first (byte of the body
    # has come), body (the dot has come), idle (the mail is acknowledged), quit
    phase: str
    takes: bool = False  # the mail is accepted and logged
    says: str = ""
    then: Literal["", "drop", "hang"] = ""  # "": the conversation goes on
    once: bool = False  # for each address


TROUBLES = {
    "slow_banner": Trouble(phase="connect", then="hang"),
    "refuse_tls": Trouble(phase="starttls", says="454 4.7.0 TLS is not available"),
    "refuse_auth": Trouble(phase="auth", says="535 5.7.8 authentication failed"),
    "sender_refused": Trouble(phase="mail", says="550 5.7.1 we do not know this sender"),
    "552_mail": Trouble(phase="mail", says="552 5.3.4 message too big"),
    "450_then_ok": Trouble(phase="rcpt", says="450 4.2.0 greylisted", once=True),
    "450_rcpt": Trouble(phase="rcpt", says="450 4.2.1 come back later"),
    "552_rcpt": Trouble(phase="rcpt", says="552 5.2.2 mailbox full"),
    "550_rcpt": Trouble(phase="rcpt", says="550 5.1.1 no such user"),
    "451_data": Trouble(phase="data", says="451 4.3.0 try again"),
    "554_data": Trouble(phase="data", says="554 5.7.1 not from you"),
    "surprise": Trouble(phase="go", says="250 2.0.0 nobody asked"),
    "drop_before_dot": Trouble(phase="first", then="drop"),
    "drop_after_dot": Trouble(phase="body", takes=True, then="drop"),
    "drop_after_dot_lost": Trouble(phase="body", then="drop"),
    "hang_after_dot": Trouble(phase="body", takes=True, then="hang"),
    "451_body": Trouble(phase="body", says="451 4.3.0 queue full"),
    "554_body": Trouble(phase="body", says="554 5.7.1 looks like spam"),
    "drop_at_quit": Trouble(phase="quit", then="drop"),
    # These strike in the phase that follows their name.
    "421": Trouble(phase="rcpt", says="421 4.3.2 closing", then="drop"),
    "gibberish": Trouble(phase="body", says="what is this"),
    "drop": Trouble(phase="rcpt", then="drop"),
    "hang": Trouble(phase="rcpt", then="hang"),
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A trouble, and whom it strikes; as text: `NAME[:PHASE][,match=GLOB][,times=N][,share=X]`."""

    name: str
    phase: str = ""  # empty: where the trouble usually strikes
    match: str = "*"  # the address: the sender's at MAIL, the recipient's from RCPT on, else ""
    times: int = 0  # at most; 0: always
    share: float = 1.0  # of the addresses, the same in every run of one seed

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read the text form. Raises ValueError or TypeError."""
        head, *pairs = text.split(",")
        name, _, phase = head.partition(":")
        options = dict(pair.split("=", 1) for pair in pairs)
        return cls(
            name=name,
            phase=phase,
            match=options.pop("match", "*"),
            times=int(options.pop("times", 0)),
            share=float(options.pop("share", 1)),
            **options,  # refuses what it does not know
        )

    def __post_init__(self) -> None:
        if self.name not in TROUBLES:
            raise ValueError(self.name)

    @property
    def trouble(self) -> Trouble:
        return TROUBLES[self.name]

    @property
    def where(self) -> str:
        return self.phase or self.trouble.phase


@dataclass(kw_only=True)
class Faults:
    """Strikes: the first fault that fits, in the order given."""

    faults: tuple[Fault, ...] = ()
    seed: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    _met: set[tuple[Fault, str]] = field(default_factory=set)

    def strike(self, phase: str, address: str) -> Trouble | None:
        """Return what happens now, which counts as having happened."""
        for fault in self.faults:
            if fault.where == phase and self._strikes(fault, address):
                self.struck[fault.name] += 1
                self._met.add((fault, address))
                return fault.trouble
        return None

    def _strikes(self, fault: Fault, address: str) -> bool:
        if not fnmatchcase(address, fault.match):
            return False
        if fault.trouble.once and (fault, address) in self._met:
            return False
        if fault.times and self.struck[fault.name] >= fault.times:
            return False
        drawn = random.Random(f"{self.seed} {fault.name} {address}").random()  # noqa: S311 - a test
        return drawn < fault.share

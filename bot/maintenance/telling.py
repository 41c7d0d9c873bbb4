"""What a row of the journal has to say: macros, fields and deeds, not yet words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.ports import Act, Audience, Message
from bot.rules.run.obey import possible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.maintenance.words import Words
    from bot.rules.plan.terms import PlanOptions
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run, Step

CHOICES = ("wait", "destroy", "retry", "rollback", "boot", "leave")  # as they are offered
HURT = frozenset({"destroy", "rollback", "boot"})  # cannot be undone


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something a reader may do; `code` is a macro of `acts.jinja`, `command` what is typed."""

    code: str
    command: str
    guest: str = ""
    hurts: bool = False
    about: str = ""  # what it decides


@dataclass(frozen=True, kw_only=True)
class Telling:
    """One thing to say about a run; `macro` is one of `progress.jinja`."""

    macro: str
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    deeds: tuple[Deed, ...] = ()
    audience: Audience = Audience.THREAD
    loud: bool = False
    record: bool = False  # it brings the files of its run
    settles: tuple[str, ...] = ()  # what is decided by now

    @property
    def quiet(self) -> bool:
        """Say whether it is a detail, which may share a message with its neighbours."""
        return self.audience is Audience.THREAD and not self.loud and not self.deeds


@dataclass(frozen=True, kw_only=True)
class Change:
    """A row, and the run before and after it."""

    before: Run
    row: Row
    after: Run


def failure(macro: str, *deeds: Deed, **known: object) -> Telling:
    """Make a loud telling for thread and channel."""
    return Telling(macro=macro, fields=known, deeds=deeds, audience=Audience.BOTH, loud=True)


def notice(macro: str, *deeds: Deed, **known: object) -> Telling:
    """Make a telling for thread and channel that alarms nobody."""
    return Telling(macro=macro, fields=known, deeds=deeds, audience=Audience.BOTH)


def detail(macro: str, **known: object) -> Telling:
    """Make a telling for the thread."""
    return Telling(macro=macro, fields=known)


def choices(host: str, step: Step) -> tuple[Deed, ...]:
    """Return what a person can choose for a guest in its present state."""
    can = possible(step)
    return tuple(guest_deed(choice, host, step.guest) for choice in CHOICES if choice in can)


def guest_deed(code: str, host: str, guest: str) -> Deed:
    """Make the deed `CODE HOST GUEST`."""
    return Deed(
        code=code,
        command=f"{code} {host} {guest}",
        guest=guest,
        hurts=code in HURT,
        about=guest_of(host, guest),
    )


def host_deed(code: str, host: str, *rest: str, hurts: bool = False) -> Deed:
    """Make the deed `CODE HOST REST`, named `CODE_REST` where a choice follows."""
    name = "_".join((code, *rest)) if code == "choose" else code
    return Deed(code=name, command=" ".join((code, host, *rest)), hurts=hurts, about=host)


def start_deed(host: str, options: PlanOptions, plan: str = "") -> Deed:
    """Make the deed that starts a run as *options* say, by the plan of a hash if one is given."""
    if options.trial:
        return trial_deed(options.trial, plan)
    flags = [f"--{name.replace('_', '-')}" for name, given in asdict(options).items() if given]
    seen = ["--plan", plan] if plan else []
    return Deed(code="start", command=" ".join(["start", host, *flags, *seen]), hurts=True)


def trial_deed(guests: Sequence[str], plan: str = "") -> Deed:
    """Make the deed that tries *guests*, one after the other, by the plan of a hash if given."""
    seen = f" --plan {plan}" if plan else ""
    return Deed(code="trial", command=f"trial {','.join(guests)}{seen}", hurts=True)


def guest_of(host: str, guest: str) -> str:
    """Return what acts decide that are about one guest of a run."""
    return f"{host}/{guest}"


def start_of(host: str) -> str:
    """Return what acts decide by which the start of *host* is approved or refused."""
    return f"start:{host}"


def card_of(host: str) -> str:
    """Return what the acts of a plan decide that was shown to be started."""
    return f"card:{host}"


def unhold(scope: str, value: str) -> str:
    """Return what lifts a hold, as it is typed: no button does, since it needs a reason."""
    return 'unhold "reason"' if scope == "global" else f'unhold {scope} {value} "reason"'


def hold_of(scope: str, value: str) -> str:
    """Return what acts decide by which a hold is lifted."""
    return f"hold:{scope}:{value}"


def lift_of() -> str:
    """Return what acts decide by which the lifting of the global hold is approved or refused."""
    return "lift:global"


def worded(words: Words, tellings: Iterable[Telling]) -> Message:
    """Make one message of tellings: their texts one below the other, their deeds together."""
    told = list(tellings)
    first, texts = told[0], [words.say("progress", t.macro, **t.fields) for t in told]
    return Message(
        text="\n".join(texts),
        acts=acts(words, (deed for telling in told for deed in telling.deeds)),
        audience=first.audience,
        loud=any(telling.loud for telling in told),
        settles=tuple(
            (about, text.partition("\n")[0])
            for telling, text in zip(told, texts, strict=True)
            for about in telling.settles
        ),
    )


def acts(words: Words, deeds: Iterable[Deed]) -> tuple[Act, ...]:
    """Give deeds their labels; each command is offered once."""
    once = {deed.command: deed for deed in deeds}
    return tuple(
        Act(
            label=words.say("acts", deed.code, guest=deed.guest),
            command=deed.command,
            hurts=deed.hurts,
            about=deed.about,
        )
        for deed in once.values()
    )

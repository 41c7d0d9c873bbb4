"""How answers look: data in, neutral messages out. The words stand in `templates/chat/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.chat import tables
from bot.chat.commands import FAMILIES, first_word
from bot.chat.evidence_views import EvidenceViews
from bot.chat.hold_views import HoldViews
from bot.chat.mail_views import MailViews
from bot.chat.optin_views import OptInViews
from bot.chat.proposal_views import ProposalViews
from bot.chat.trial_views import TrialViews
from bot.chat.window_views import WindowViews
from bot.maintenance.formats import clock, gib
from bot.maintenance.live import live, share, stands
from bot.maintenance.logged import of_row
from bot.maintenance.notices.forms import FORMS
from bot.maintenance.notices.kinds import KINDS
from bot.maintenance.plan_fields import counts, of_plan
from bot.maintenance.questions import question
from bot.maintenance.report import waiting_for_a_person
from bot.maintenance.telling import (
    Deed,
    acts,
    choices,
    host_deed,
    start_deed,
    worded,
)
from bot.ports import Act, Message
from bot.rules.plan.difference import difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.chat.grammar import Spec
    from bot.chat.inside import Inside
    from bot.chat.outside import Outside
    from bot.chat.replies import Wants
    from bot.maintenance.shapes import GuestView, HostView, RunView
    from bot.maintenance.words import Words
    from bot.ports import AuditRow, Wish
    from bot.rules.errors import MaintError
    from bot.rules.plan.terms import Plan, PlanOptions
    from bot.rules.run.journal import Row
    from bot.rules.run.terms import Run, Step


SHORT = 25  # characters of a command in the list of help


class Views:
    """Answers, in the words given."""

    def __init__(self, words: Words) -> None:
        """Speak by *words*."""
        self._words = words
        self.mail = MailViews(words)
        self.proposals = ProposalViews(words)
        self.optins = OptInViews(words)
        self.windows = WindowViews(words)
        self.holds = HoldViews(words)
        self.evidence = EvidenceViews(words)
        self.trials = TrialViews(words)

    # ---- plans -------------------------------------------------------------------------------

    def plan(
        self,
        plan: Plan,
        options: PlanOptions,
        *,
        starting: bool = False,
        outside: Outside | None = None,
        inside: Inside | None = None,
    ) -> Message:
        """Show a plan; the start is offered unless one is under way or the plan may not start.

        *outside* or *inside* of a window: the first line says so.
        """
        if options.trial:
            return Message(text=self.trials.plan(plan), loud=bool(plan.problems))
        offered = not starting and not plan.problems
        deeds = [start_deed(plan.host, options, plan.hash)] if offered else []
        text = self._words.say("plan", "plan", outside=outside, inside=inside, **of_plan(plan))
        return Message(text=text, acts=self._acts(deeds), loud=bool(plan.problems))

    def difference(self, old: Plan, new: Plan, options: PlanOptions) -> Message:
        """Show only what *new* does differently from *old*; both are made with *options*."""
        known = vars(difference(old, new)) | {"host": new.host, "then": old.hash, "now": new.hash}
        text = self._words.say("plan", "difference", **known)
        return Message(text=text, acts=self._acts([start_deed(new.host, options, new.hash)]))

    def outside(self, outside: Outside) -> Message:
        """Say that a start is outside a window, and how many were not told of it."""
        return Message(text=self._words.say("plan", "outside_window", outside=outside))

    def inside(self, inside: Inside) -> Message:
        """Say which window a start is in, and what its customers were told otherwise."""
        return Message(text=self._words.say("plan", "in_window", inside=inside))

    def question(self, plan: Plan, wants: Wants, outside: Outside | None = None) -> Message:
        """Ask for what a start still needs: a reason, the host's name, or yes."""
        known = {"host": plan.host, "outside": outside, **counts(plan)}
        return Message(text=self._words.say("plan", f"ask_{wants}", **known), loud=True)

    # ---- lists -------------------------------------------------------------------------------

    def hosts(self, hosts: Sequence[HostView]) -> Message:
        """List hosts, one on a line."""
        return self._list("hosts", rows=[self._host(host) for host in hosts])

    def guests(self, host: str, guests: Sequence[GuestView]) -> Message:
        """List the guests of *host*, one on a line, with what a run would do with each."""
        return self._list("guests", host=host, rows=[self._guest(guest) for guest in guests])

    def audit(self, rows: Sequence[AuditRow]) -> Message:
        """List who asked for what, newest last, so that it stands next to the prompt."""
        return self._list("audit", rows=[self._audited(row) for row in reversed(rows)])

    def log(self, host: str, rows: Sequence[Row], guest: str = "") -> Message:
        """List a journal, a row on a line; with a *guest*, only what concerns it."""
        cells = [of_row(row) for row in rows if guest in {"", row.guest}]
        return self._list("log", host=host, guest=guest, rows=cells)

    def commands(self, specs: Sequence[Spec]) -> Message:
        """List all commands; those that share their first word have a line together."""
        rows: dict[str, list[str]] = {}
        for spec in specs:
            family = FAMILIES.get(first_word(spec), ())
            name = f"family_{first_word(spec)}" if family else spec.name
            shown = f"{first_word(spec)} …" if family else _short(spec)
            rows.setdefault(name, [shown, self._does(name)])
        return self._list("help", rows=list(rows.values()))

    def help(self, specs: Sequence[Spec]) -> Message:
        """Explain one command, or those that share their first word."""
        if len(specs) == 1:
            does = self._does(specs[0].name)
            forms = self._forms() if specs[0].name == "campaign new" else []
            units = sorted(self._words.macros("kind_values")) if forms else []
            known = {"does": does, "forms": forms, "units": units}
            named = specs[0].name in self._words.macros("examples")
            known["examples"] = self._words.say("examples", specs[0].name) if named else ""
            return self._list("help_one", usage=specs[0].usage, **known)
        return self._list("help", rows=[[_whole(spec), self._does(spec.name)] for spec in specs])

    def _does(self, name: str) -> str:
        return self._words.code("help", f"help_{name.replace(' ', '_')}")

    def _forms(self) -> list[dict[str, object]]:
        """Return how each kind of campaign is asked for, and the values that it needs or takes."""
        return [
            {
                "form": f"{kind} {form.about}".strip(),
                "does": self._words.code("kinds", kind.replace("-", "_")),
                "needs": sorted(_needs(kind)),
                "takes": sorted(form.takes - _needs(kind)),
            }
            for kind, form in FORMS.items()
        ]

    # ---- runs --------------------------------------------------------------------------------

    def status(self, host: str, view: RunView | None, *, orphan: bool = False) -> Message:
        """Show where a run is, the question it asks, and what each open guest waits for.

        *orphan* says that the run is open, but no process carries it on.
        """
        if view is None:
            none = self._words.say("status", "no_run", host=host)
            return Message(text=none, acts=self._acts([host_deed("plan", host)]))
        run = view.run
        shown = [worded(self._words, [live(run, view.now)])]
        if run.question is not None:
            shown.append(worded(self._words, [question(run, run.question)]))
        if waiting := waiting_for_a_person(run):
            shown.append(self._open(run, waiting))
        said = shown[1:] or shown  # the live message's own acts are for a run that goes on
        every = {act.command: act for message in said for act in message.acts}
        texts = [message.text for message in shown]
        texts += [self._words.say("status", "orphan", host=host)] if orphan else []
        return Message(text="\n".join(texts), acts=tuple(every.values()))

    def runs(self, views: Sequence[RunView]) -> Message:
        """List the open runs."""
        if not views:
            return Message(text=self._words.say("status", "no_runs"))
        rows = [_run_line(view) for view in views]
        return Message(text=self._words.say("status", "runs", rows=rows))

    # ---- short answers -----------------------------------------------------------------------

    def error(self, error: MaintError) -> Message:
        """Say what went wrong, what is true now, and what to type next."""
        return Message(text=self._words.say("errors", error.code, **error.fields), loud=True)

    def defect(self, problem: str) -> Message:
        """Say that the bot itself is at fault."""
        return Message(text=self._words.say("answers", "defect", problem=problem), loud=True)

    def wished(self, wish: Wish) -> Message:
        """Say that a wish is recorded."""
        return Message(text=self._words.say("answers", "wished", **vars(wish)))

    def already(self, text: str) -> Message:
        """Say that a request was seen before."""
        return Message(text=self._words.say("answers", "already", text=text))

    def interrupted(self, host: str, again: str) -> Message:
        """Say that the work here stopped before the run of *host* is over; *again* goes on."""
        text = self._words.say("answers", "interrupted", host=host, again=again)
        return Message(text=text, loud=True)

    def unheard(self, problem: str) -> Message:
        """Say that answers could not be written."""
        return Message(text=self._words.say("answers", "unheard", problem=problem), loud=True)

    def not_kept(self, name: str) -> str:
        """Say that a file of this name is not kept."""
        return self._words.say("answers", "not_kept", name=name)

    def leaving(self, hosts: Sequence[str]) -> Message:
        """Say that the asker cannot go before the runs of *hosts* rest, and how they can."""
        return Message(text=self._words.say("answers", "leaving", hosts=hosts))

    def waits(self, host: str, commands: Sequence[str]) -> Message:
        """Say that the run of *host* waits for a person, and what goes on, if anything can."""
        text = self._words.say("answers", "waits", host=host, commands=commands)
        return Message(text=text, loud=True)

    def inventory(self, added: Sequence[str], gone: Sequence[str]) -> Message:
        """Tell which guests the inventory has gained and lost."""
        return Message(text=self._words.say("answers", "inventory", added=added, gone=gone))

    def welcome(self, **known: object) -> Message:
        """Greet on a demo fleet.

        Fields: folder, kept, mail (where it is put; empty: it is sent), hosts, guests, opted_in,
        policy (empty: the defaults), looser, pages (their address; empty: none are served).
        """
        return Message(text=self._words.say("answers", "welcome", **known))

    # ---- parts -------------------------------------------------------------------------------

    def _acts(self, deeds: Iterable[Deed]) -> tuple[Act, ...]:
        return acts(self._words, deeds)

    def _list(self, macro: str, **known: object) -> Message:
        return Message(text=self._words.say("lists", macro, **known))

    def _audited(self, row: AuditRow) -> list[object]:
        result = self._words.code("results", row.result) if row.result else "-"
        return [f"{row.at:%m-%d} {clock(row.at)}", row.actor, result, row.text]

    def _host(self, host: HostView) -> list[object]:
        run = host.run
        known = {"status": run.status, "rest": run.rest} if run else {"status": "", "rest": ""}
        known["kind"] = run.kind if run else ""
        shown = self._words.say("lists", "host_run", reachable=host.reachable, **known)
        known_kernel = (host.kernel, host.hypervisor) if host.reachable else ("-", "-")
        running = f"{host.running}/{host.guests}" if host.reachable else "-"
        return [host.name, running, host.suspended_opted_in, *known_kernel, shown]

    def _guest(self, view: GuestView) -> list[object]:
        facts, step = view.facts, view.step
        missing = self._words.say("lists", "absent")
        does = self._words.say("lists", "guest_action", **vars(step)) if step else "-"
        wanted = view.opt_in is not None and view.opt_in.wanted
        ours = tables.is_infrastructure(view)
        return [
            tables.name_of(view),
            facts.state.value if facts else missing,
            gib(facts.memory_mib) if facts else "-",
            tables.version(step) or self._words.say("lists", "unknown"),
            self._words.say("lists", "opt_in", infrastructure=ours, wanted=wanted),
            does,
        ]

    def _open(self, run: Run, waiting: Sequence[Step]) -> Message:
        guests = [{"guest": step.guest, "state": step.state.value} for step in waiting]
        return Message(
            text=self._words.say("status", "open", guests=guests),
            acts=self._acts(deed for step in waiting for deed in choices(run.host, step)),
        )


def _short(spec: Spec) -> str:
    """Return the form of a command without its options, and without long arguments."""
    whole = " ".join([spec.name, *map(str, spec.arguments)])
    fits = len(whole) <= SHORT
    return f"{whole if fits else spec.name}{' …' if spec.options or not fits else ''}"


def _whole(spec: Spec) -> str:
    """Return the form of a command without its options."""
    return f"{spec.short} …" if spec.options else spec.short


def _needs(kind: str) -> frozenset[str]:
    """Return the values that a person must set: a start without an end only chooses a window."""
    takes = FORMS[kind].takes
    return takes & KINDS[kind].needs & ({"start", "end"} if "end" in takes else {"next"})


def _run_line(view: RunView) -> dict[str, object]:
    run = view.run
    return {
        "host": run.host,
        "phase": run.phase.value,
        "trial": run.plan.trial,
        "share": share(run, view.now),
        "started": run.started,
        "actor": run.actor,
        "stands": stands(run),
    }

"""Codes and words are equal: each code has a macro, each macro a code, and each can be said."""

import ast
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.chat.commands import FAMILIES, VERBS
from bot.chat.mistakes import Mistake
from bot.executors.remote import Problem as LostProblem
from bot.executors.setting_up import Problem as SetUpProblem
from bot.executors.simulator.faults import FAULTS
from bot.maintenance.notices.forms import FORMS, ValueProblem
from bot.maintenance.notices.kinds import KINDS
from bot.maintenance.notices.truth import Untrue
from bot.maintenance.timeline import Kind
from bot.maintenance.words import Words
from bot.rules.errors import Code
from bot.rules.names import NameProblem
from bot.rules.operation import Fault
from bot.rules.plan.remarks import RemarkCode
from bot.rules.plan.terms import Remark
from bot.rules.policy.breaker import Opened
from bot.rules.policy.matrix import Lacking
from bot.rules.policy.terms import Reason
from bot.rules.run.journal import Found
from bot.rules.run.states import Phase, StepState
from bot.rules.window.acting import NotByItself, NotReminded
from bot.rules.window.mistyped import TimeProblem
from bot.rules.window.terms import DueKind, WindowEvent, WindowState
from bot.settings.faults import Problem
from notifications import CampaignState, ChangeEvent, DeliveryState, Omission, Scope
from notifications import Problem as MailProblem
from notifications.announce.moderation import HELD, PUBLISHED, REJECTED
from notifications.bounces.report import BounceKind
from notifications.sending.outcome import GIVEN_UP
from notifications.verdict import Phase as RelayPhase

ROOT = Path(__file__).parents[2]
WORDS = Words(ROOT / "templates" / "chat")
AT = datetime(2021, 8, 25, 20, 14, 3, tzinfo=UTC)
REMARK = Remark(code="image_space", fields={"needed_mib": 2048, "free_mib": 1024})
CODES: dict[str, set[str]] = {
    "breaker": set(Opened),
    "errors": set(Code),
    "dues": set(DueKind),
    "faults": set(Fault),
    "found": set(Found),
    "help": {f"help_{verb.replace(' ', '_')}" for verb in VERBS}
    | {f"help_family_{word}" for word in FAMILIES},
    "kinds": {kind.replace("-", "_") for kind in KINDS},
    "lacking": set(Lacking),
    "kind_values": {name for form in FORMS.values() for name in form.takes},
    "mail_bounces": set(BounceKind),
    "mail_events": set(ChangeEvent),
    "mail_flaws": {
        *("blank", "control", "display", "no_at", "too_long", "local", "domain"),  # of addresses
        *("control", "naive", "type"),  # of values
    },
    "mail_phases": {*RelayPhase, "sign", "approved", "list"},
    "mail_problems": set(MailProblem),
    "mail_publications": {HELD, PUBLISHED, REJECTED},
    "mail_replies": {"lost", "timeout", "smtputf8", "address"},
    "mail_reasons": {*Omission, GIVEN_UP, MailProblem.DAMAGED},
    "mail_scopes": set(Scope),
    "mail_states": {*CampaignState, *DeliveryState},
    "not_by_itself": set(NotByItself),
    "not_reminded": set(NotReminded),
    "phases": set(Phase),
    "mistakes": set(Mistake),
    "names": set(NameProblem),
    "problems": set(Problem),
    "reasons": set(Reason),
    "remarks": set(RemarkCode),
    "results": {"done", "proposed", *Code},
    "states": set(StepState),
    "times": set(TimeProblem),
    "timeline": {
        *("title", "summary", "zone", "head", "name", "became", "trouble", "more"),
        *Kind,
        *(set(Phase) - {Phase.ENDED}),
    },
    "untrue": set(Untrue),
    "values": set(ValueProblem),
    "window_states": set(WindowState),
    "windows": set(WindowEvent),
}
#: One example for each field, wherever it occurs.
STEP = {
    "guest": "vps31",
    "action": "suspend",
    "reason": "opted_in",
    "pair": True,
    "canary": False,
    "family_canary": False,
}
TRIED: dict[str, Any] = {
    **STEP,
    "outcome": "rolled_back",
    "bad": "damage",
    "down": 45.0,
    "cell": "3fa9c1",
    "host": "hobgoblin",
    "at": AT,
    "kernel": "5.10.0-8-amd64",
    "memory_mib": 1024,
    "expected_downtime": 40.0,
    "fields": {},
}
CELL_OF_PLAN = {"cell": "3fa9c1", "family": "xen/pvh/linux-5.10", "standing": "untrusted"}
WISHED = {
    "guest": "vps31",
    "host": "hobgoblin",
    "at": AT,
    "how": "link",
    "who": "customer:anna@example.org",
    "kernel": "5.10.0-8-amd64",
    "agreed": AT,
    "note": "any evening",
}
FIELDS: dict[str, Any] = {
    "acts": (),
    "action": "shutdown",
    "actor": "os:anna",
    "added": (STEP,),
    "again": False,
    "age": 5.0,
    "argument": "boot",
    "asked": "choose",
    "bad": 1,
    "because": ("hobgoblin/vps31: damage",),
    "booted": True,
    "boots": 20,
    "busy": ({"state": "saving", "guests": ("vps1", "vps2")},),
    "can": ("retry", "boot"),
    "canary": "canary1",
    "changed": ((STEP, {**STEP, "action": "shutdown", "reason": "kernel_old"}),),
    "choice": "boot",
    "claims": ("console: 3.16", "attested: 5.10"),
    "code": "breaker_damage",
    "commands": ("continue hobgoblin",),
    "counted": 2,
    "counts": ({"name": "saved", "done": 7, "of": 22},),
    "detail": "rc 1",
    "devices": ("pci 03:00.0",),
    "down": 250.0,
    "draining": True,
    "ended": AT,
    "error": "no_memory",
    "exit": 1,
    "expected": AT,
    "family": "xen-pv-linux-3.16",
    "cell": "3fa9c1",
    "cells": (
        {
            "family": "xen/pv/linux-5.10",
            "cell": "3fa9c1",
            "standing": "canary",
            "good": 3,
            "wanted": 20,
            "hosts": 1,
            "trusted_by": "",
            "suspended": 4,
            "shut": 0,
        },
    ),
    "damage": 2,
    "good": 3,
    "judged": (
        {
            "cell": "3fa9c1",
            "verdict": "trust",
            "actor": "os:anna",
            "at": AT,
            "reason": "tested",
            "stands": False,
        },
    ),
    "more_hosts": 1,
    "place": "saved and restored under 5.10.46 xen-4.14.2",
    "said": (("2021-08-25 20:14", "os:anna", "ban", "it hangs"),),
    "seen": "3f9a12c0",
    "standing": "canary",
    "trials": (("2021-08-25 20:14", "r1", "hobgoblin", "vps31", "restored"),),
    "trusts": True,
    "faults": ("fleet.toml: line 3: guest vps31 has no host",),
    "beside": ("vps17",),
    "fields": {},
    "folder": "/demo",
    "found": "off",
    "form": "uuid",
    "free_mib": 1024,
    "gone": (STEP,),
    "groups": ({"name": "damaged", "count": 1, "guests": ({"guest": "vps31", "stands": "runs"},)},),
    "guest": "vps31",
    "guests": ("vps31", "vps17"),
    "hash": "3f9a12c0",
    "holds": ({"scope": "global", "value": "", "lift": 'unhold "reason"'},),
    "host": "hobgoblin",
    "hosts": 5,
    "how": "restored",
    "hypervisor": "xen-4.14.2",
    "incidents": ("mulberry", "rookery"),
    "infrastructure": False,
    "instances": 2,
    "kept": "run1-vps31-as-it-was",
    "kernel": "5.10.46",
    "known": {},
    "lift": 'unhold "reason"',
    "kind": "int_parsing",
    "length": 5,
    "limit": 10,
    "lines": ("xen:grant_table: WARNING: g.e. 0x3 has not unmapped grant",),
    "lost": ({"guest": "vps31", "kind": "damaged", "at": AT, "kept": "snap"},),
    "manual": True,
    "memory": 40960,
    "memory_mib": 65536,
    "mib": 4096,
    "missing": 80,
    "name": "vps31",
    "names": ("vps31", "vps17"),
    "nearest": "hobgoblin",
    "needed_mib": 2048,
    "now": AT,
    "number": 12,
    "off": 20,
    "on": "vps31",
    "open": 1,
    "opted_in": 85,
    "order": "sum",
    "ours": 1,
    "owner": "worker 7",
    "pair": True,
    "pairs": 17,
    "path": "/srv/maintbot.sqlite",
    "paused": False,
    "phase": "drain",
    "policy": "the policy of August 2021",
    "problem": "no answer within 60 s",
    "problems": (REMARK,),
    "proven": ("vps1",),
    "quiet": 3,
    "reachable": False,
    "reason": "opted_in",
    "reboot_seconds": 300.0,
    "reboots": True,
    "rest": "asked",
    "restore_seconds": 300.0,
    "restores": 17,
    "restoring": True,
    "role": "operate",
    "rolling": True,
    "rows": (),
    "run": "r1",
    "saved": ("vps1",),
    "saves": ("vps1", "vps2"),
    "scope": "global",
    "seconds": 250.0,
    "services": ("xendomains",),
    "share": 0.4,
    "shown": "hobgoblin",
    "shut": 20,
    "shutdowns": 20,
    "since": AT,
    "source": "console",
    "stands": "",
    "started": AT,
    "task": "upgrade",
    "state": "planned",
    "status": "drain",
    "sum": 9000.0,
    "sum_downtime": 9000.0,
    "sum_expected": 8800.0,
    "suspended": 17,
    "suspends": 17,
    "system": "freebsd",
    "text": "start hobgoblin",
    "theirs": "9",
    "then": "0badc0de",
    "told_minutes": 30,
    "trouble": ({"state": "damaged", "guests": ("vps31",)},),
    "trusted": False,
    "until": AT,
    "untouched": 2,
    "usage": "start HOST",
    "value": "",
    "verb": "restore",
    "wanted": 5,
    "warnings": (REMARK,),
    "was": "damaged",
    "what": "off",
    "who": "os:anna",
    "why": "no_memory",
    "word": "HOST",
    "work": {
        "manual": True,
        "commands": (),
        "reboot": True,
        "after": ("check-disks",),
        "kernel": "",
        "hypervisor": "",
    },
    "work_seconds": 240.0,
    "worst": 900.0,
    "worst_expected": 840.0,
    "worst_guest": "vps9",
    "worst_seconds": 900.0,
    "does": "what a run would do",
    "drain_seconds": 210.0,
    "save_seconds": 200.0,
    "address": "anna@example.org",
    "announce": False,
    "approved_by": "os:bob",
    "alone": True,
    "approver": "os:bob",
    "outside": {"contacts": 31, "untold": 2},
    "proposer": "os:bob",
    "replaced": "os:bob",
    "second": True,
    "before_reset": True,
    "bounces": {"hard": 1, "soft": 2},
    "by": "relay_log",
    "claimed": "passed",
    "campaign": 7,
    "created": "2021-09-01",
    "command": "campaign cancel 7",
    "contacts": 80,
    "count": 12,
    "deliveries": (
        {
            "address": "anna@example.org",
            "state": "deferred",
            "attempts": 2,
            "reply": "450 later",
            "code": "given_up",
            "at": AT,
            "due": AT,
            "resends": 1,
            "bounce": "soft",
        },
    ),
    "digest": "3f9a12c0",
    "uncertain": ("anna@example.org",),
    "about": "mulberry",
    "due": AT,
    "given": "00000000",
    "held": False,
    "links": "https://panel.example.net",
    "mail": "/demo/mail",
    "refused": 2,
    "report": "campaign report 7",
    "silent": 58,
    "not_up": ("mulberry", "rookery"),
    "old_kernels": ("vps9",),
    "files": True,
    "headers": (("Subject", "News"),),
    "items": 85,
    "left": 34.0,
    "left_out": ({"name": "anna", "address": "", "why": "no_address", "detail": ""},),
    "line": 3,
    "link": "https://panel.example.net/opt-in/abc",
    "minimum": "4.2",
    "result": "rolled_back",
    "back": {"back": 31, "of": 85, "others": 2},
    "version": "1f03ab52c9d7",
    "network": "192.0.2.7",
    "ins": 9,
    "outs": 1,
    "note": "after 20:00",
    "merged": ({"address": "anna@example.org", "names": ("anna", "shop"), "items": 3},),
    "more": 2,
    "omitted": {"no_address": 2, "bad_address": 1, "unsubscribed": 1, "bounced": 1},
    "pause": "relay",
    "pause_detail": "connect 421 too busy",
    "per_minute": 60.0,
    "post": 8,
    "publication": "held",
    "recipients": 80,
    "reset": 85,
    "sent": True,
    "stood": 1,
    "template": "email/incident.txt.jinja",
    "test": 9,
    "test_of": 0,
    "to": "anna@example.org",
    "to_go": 34,
    "together": 3,
    "total": 80,
    "variable": "paragraph",
    "verdict": "sent",
}
COUNTS = {**dict.fromkeys((state.value for state in DeliveryState), 2), "sent": 42}
_HOLD = {
    "scope": "global",
    "value": "",
    "reason": "breaker_damage",
    "opened_by": "breaker",
    "opened_at": AT,
    "because": ("hobgoblin/vps31: damage",),
}
#: Where a field is another thing in one file or macro.
OTHERS: dict[str, dict[str, Any]] = {
    "errors.bad_value": {"problem": "naive"},
    "errors.hold_stands": {"why": "breaker_damage"},
    "errors.kernel_refused": {"problem": "old"},
    "errors.mail": {"problem": "unknown_campaign", "fields": {"number": 7}},
    "mail": {"counts": COUNTS, "kind": "optout-reset", "state": "paused"},
    "mail.about": {"hosts": ("hobgoblin",), "start": "07 Sep 20:00"},
    "mail.waiting": {"rows": ({"number": 1, "about": "mulberry"},)},
    "mail.suppressions": {
        "rows": (
            {
                "address": "anna@example.org",
                "scope": "offers",
                "why": "bounced",
                "at": AT,
                "occasion": "",
                "detail": "5.1.1",
            },
        )
    },
    "mail_events.done": {"counted": "78 sent, 2 refused"},
    "mail_events.bounced": {
        "rows": ({"address": "anna@example.org", "kind": "hard", "status": "5.1.1"},)
    },
    "mail_events.refused": {"rows": ({"address": "anna@example.org", "reply": "550 no"},)},
    "mail_events.stopped": {"phase": "auth", "code": 535},
    "mail_events.suppressed": {"rows": ({"address": "anna@example.org", "why": "unsubscribed"},)},
    "mail_events.uncertain": {"rows": ({"address": "anna@example.org", "code": "given_up"},)},
    "mail_problems": {"state": "sent", "names": ("since",), "why": "no @"},
    "mail_problems.changed": {"known": "ff106089"},
    "mail_problems.no_announce": {"why": "option"},
    "mail_problems.relay": {"phase": "auth", "code": 535},
    "errors.not_judged": {"standing": "banned"},
    "errors.never_trusted": {"why": "kernel"},
    "errors.short_cell": {"typed": "8", "least": 4},
    "evidence.matrix": {"groups": ({"place": "saved under 4.19", "rows": (tuple("12345678"),)},)},
    "evidence.cell": {"never": True},
    "evidence.judged": {"verdict": "withdraw"},
    "evidence.question": {"trials": 1},
    "evidence": {"counts": {"banned": 1, "untrusted": 2, "canary": 3, "trusted": 4}},
    "evidence.place": {"saved": "4.19.181 xen-4.14.2", "restored": "5.10.46 xen-4.14.2"},
    "evidence.summary": {"cells": 10},
    "lacking": {"reason": "it hangs"},
    "lifting": {"holds": (_HOLD, _HOLD), "guests": 85, "reason": "tested on all"},
    "lifting.waits": {"commands": ("approve unhold --seen 3f9a12c0",)},
    "lists.held": {"holds": (_HOLD,)},
    "optins.ask_reset": {"guests": 85},
    "optins.reset": {"guests": 85},
    "optins.history": {"rows": (("2021-08-25", "in", "inventory", "os:anna"),)},
    "optins.optins": {"rows": (("vps31", "hobgoblin", "in", "-", "-", "os:anna"),)},
    "errors.no_longer_true": {"why": "changed", "fields": {"guest": "mulberry"}},
    "errors.not_announced": {"start": AT},
    "errors.nothing_changed": {"hosts": ("hobgoblin",)},
    "untrue": {"why": "breaker_damage", "state": "draft", "at": AT, "guests": 3},
    "untrue.over": {"hosts": ("hobgoblin",)},
    "errors.plan_changed": {"now": "3f9a12c0"},
    "errors.newer_database": {"ours": "8"},
    "errors.bad_usage": {"problem": "missing"},
    "errors.bad_name": {"problem": "too_long", "what": "guest"},
    "errors.bad_time": {"shown": "1am", "problem": "twelve_hours", "nearest": "sat 01:00"},
    "errors.clock_change": {
        "local": datetime(2026, 10, 25, 1, 30),  # noqa: DTZ001 - what a clock shows
        "zone": "Europe/London",
        "kind": "fold",
        "readings": (AT, AT),
    },
    "errors.time_past": {"instant": AT, "now": AT},
    "gate.bridges_missing": {"missing": ("br0",)},
    "gate.cpu_features_missing": {"missing": ("avx2",)},
    "gate.volume_groups_missing": {"missing": ("vg0",)},
    "gate.memory_missing": {"wanted": 8192, "found": 4096},
    "answers.inventory": {"added": ("vps1",), "gone": ("vps2",)},
    "plan.difference": {
        "now": "3f9a12c0",
        "restores": ("vps2", "vps1"),
        "work": (
            {},
            {
                "manual": False,
                "commands": ("upgrade",),
                "reboot": True,
                "after": ("check-disks",),
                "kernel": "",
                "hypervisor": "",
            },
        ),
    },
    "plan.plan": {
        "groups": {
            "suspend": ({"reason": "opted_in", "guests": ("vps1",), "fields": {}},),
            "shutdown": ({"reason": "not_opted_in", "guests": ("vps2",), "fields": {}},),
            "untouched": (),
        },
        "worst": 900.0,
    },
    "progress.not_obeyed": {"code": "ended"},
    "progress.asked_gate": {"problems": ({"code": "not_rebooted"},)},
    "progress.not_ready": {"problems": ({"code": "wrong_kernel", "wanted": "5", "found": "4"},)},
    "progress.phase_host_work": {"saved": 17},
    "progress.released": {"open": ("vps31",)},
    "progress.report": {"worst": "vps9"},
    "progress.trial_next": {"of": 3},
    "progress.trial_report": {"guests": (TRIED,), "mails": ("vps31",)},
    "errors.trial_hosts": {"hosts": ("hobgoblin", "clockwork")},
    "trials.agreed": {"at": AT, "clock": "Thu 2021-09-09 20:00 +01:00", "zone": "Europe/London"},
    "trials.outcome": {"outcome": "not_tried"},
    "trials.plan": {"guests": (TRIED,), "cells": (CELL_OF_PLAN,)},
    "trials.trials": {"wishes": (WISHED,), "rows": (TRIED,)},
    "progress.up": {"expected": 240.0},
    "reasons.paused_cannot_be_saved": {"why": "kernel_old"},
    "problems.key_short": {"wanted": 32},
    "problems.bad_name": {"why": "too_long"},
    "problems.bad_text": {"why": "control"},
    "customers.trial_due": {"at": AT},
    "customers.unanswered": {"event": "bounced", "kind": "optin-changed"},
    "answers.welcome": {
        "guests": 120,
        "looser": ("canaries",),
        "pages": "http://127.0.0.1:8021",
    },
    "answers.leaving": {"hosts": ("hobgoblin",)},
    "slack": {"count": 3, "label": "Boot vps31"},
    "slack_cards": {
        "at": AT,
        "base_url": "https://slack.example.net/api",
        "channel": "maintenance",
        "good": False,
        "group": "slack:S1",
        "late": 14,
        "members": 3,
        "missing": ("commands",),
        "outcome": "mulberry: boot was chosen",
        "team": "T1",
        "until": AT,
        "why": "HTTP 503",
    },
    "errors.cannot_listen": {"port": 3000},
    "errors.not_set_up": {"problem": "tool", "fields": {"tool": "ssh"}},
    "hosts": {
        "admin": "root@hobgoblin",
        "bad": ("upgrade",),
        "good": False,
        "guests": ("vps31",),
        "hooks": ("/etc/libvirt/hooks/qemu", "/etc/xen/scripts/hook"),
        "made": "/srv/id_ed25519",
        "memory_mib": 4096,
        "new": 2,
        "other": "clockwork",
        "ours": "0e0f",
        "problem": "missing",
        "public_key": "ssh-ed25519 AAAA maintbot",
        "space_mib": 4096,
        "theirs": "9d1c",
        "tool": "ssh",
        "user": "maintbot",
        "uuid": "0e0f",
        "version": "3f9a12c0aaaa",
    },
    "hosts.check_contact": {"problem": "unreachable"},
    "hosts.check_hypervisor": {"problem": "timed_out"},
    "hosts.check_snapshots": {"problem": "timed_out"},
    "hosts.check_guests": {"problem": "timed_out"},
    "hosts.found_head": {"guests": 4},
    "status.open": {"guests": ({"guest": "vps31", "state": "damaged"},)},
    "lists.holds": {"holds": ()},
    "calendar": {
        "address": "support@example.net",
        "cancelled": False,
        "hosts": ("hobgoblin.example.net",),
        "house": "Example Hosting",
        "page": "https://status.example.net/7",
        "reason": "security updates of Xen",
    },
}
_DUES = ({"kind": "remind", "about": 7, "at": AT},)
_ROWS = (
    {"host": "hobgoblin", "phase": "drain", "rest": "", "expected": AT},
    {"host": "clockwork", "phase": "gate", "rest": "asked", "expected": None},
    {"host": "lantern", "phase": "", "rest": "", "expected": None},
)
_TOLD = (
    {"guest": "mulberry", "was": "suspend", "now": "shutdown"},
    {"guest": "hazel", "was": "", "now": "suspend"},
    {"guest": "aster", "was": "another_date", "now": "shutdown"},
)
_FREEZE = {"number": 2, "times": "Mon to Tue", "actor": "os:bob", "reason": "holidays"}
_CLOCKS = (("Europe/London", "Sat 2021-08-28 01:00 +01:00", "Sat 2021-08-28 03:00 +01:00"),)
OTHERS |= {
    "errors.frozen": {
        "start": AT,
        "freeze": {"number": 2, "start": AT, "end": AT, "actor": "os:bob", "reason": "holidays"},
    },
    "errors.schedule_form": {"word": "fro", "usage": "schedule HOST WHEN"},
    "errors.window_backwards": {"start": AT, "end": AT},
    "errors.window_begun": {"hosts": ("hobgoblin",)},
    "errors.window_over": {"state": "missed"},
    "errors.window_overlaps": {"hosts": ("hobgoblin",), "start": AT, "end": AT, "reason": "kernel"},
    "errors.window_same": {"start": AT, "end": AT},
    "errors.window_too_long": {"hours": 24.0},
    "dues": {"about": 7},
    "plan.in_window": {
        "inside": {"number": 7, "start": AT, "end": AT, "now": AT, "informed": True, "told": _TOLD},
    },
    "windows": {
        "at": AT,
        "auto": True,
        "campaigns": (7, 9),
        "days": 7,
        "done": ("hobgoblin",),
        "dues": _DUES,
        "embargo": AT,
        "end": AT,
        "in_flight": ("carl@example.org",),
        "late": 900,
        "minutes": 15,
        "missed": ("clockwork",),
        "name": "Window #7 (hobgoblin)",
        "plan": "the plan",
        "reason": "a new kernel",
        "rows": _ROWS,
        "stopped": (7, 8),
        "times": "Sat 2021-08-28 01:00 to 03:00 Europe/London",
        "told": _TOLD,
        "too_late": (7,),
        "was": "Fri 2021-08-27 01:00 to 03:00 Europe/London",
    },
    "windows.asked": {"late": AT, "why": "late"},
    "windows.late": {"dues": _DUES},
    "windows.not_asked": {"why": ""},
    "windows.not_reminded": {"why": "not_approved", "problem": ""},
    "window_answers": {
        "agenda": _DUES,
        "auto": True,
        "campaigns": (
            {"number": 7, "kind": "maintenance-scheduled", "announce": False, "state": "draft"},
        ),
        "clocks": _CLOCKS,
        "embargo": AT,
        "every": False,
        "mails": _DUES,
        "name": "Window #7 (hobgoblin)",
        "reason": "a new kernel",
        "rows": (("#7", "Sat 2021-08-28 01:00 +01:00", "2 h", "hobgoblin", "to come"),),
        "series": 3,
        "state": "scheduled",
        "surprised": 2,
        "times": "Sat 2021-08-28 01:00 to 03:00 Europe/London",
        "zone": "Europe/London",
        "freezes": (_FREEZE,),
        "windows": (
            {"name": "Window #7 (hobgoblin)", "times": "Sat 2021-08-28 01:00", "auto": True},
        ),
    },
    "window_answers.freezes": {"rows": (_FREEZE,)},
    "window_parts": {
        "window": 7,
        "hosts": ("hobgoblin",),
        "start": AT,
        "end": AT,
        "zone": "Europe/London",
        "utc": (AT, AT),
    },
}
EVERY = [(file, macro) for file in sorted(WORDS.files()) for macro in sorted(WORDS.macros(file))]


@pytest.mark.parametrize("file", sorted(CODES))
def test_each_code_has_words_and_each_word_a_code(file: str) -> None:
    assert WORDS.macros(file) == {str(code) for code in CODES[file]}


def test_each_refusal_of_a_wish_has_words_and_no_other() -> None:
    assert WORDS.macros("refusals") == codes_in("run/obey.py", {"No", "_must"})


def test_each_difference_of_a_host_that_is_not_ready_has_words_and_no_other() -> None:
    text = (ROOT / "bot/rules/run/hostwork.py").read_text()
    literal = set(re.findall(r'"code": "(\w+)"', text))

    assert WORDS.macros("gate") == literal | codes_in("run/hostwork.py", {"_differs", "_missing"})


def test_each_way_in_which_contact_is_lost_has_words_and_no_other() -> None:
    text = (ROOT / "bot/executors/simulator/executor.py").read_text()
    named = set(re.findall(r'_contact_lost\("(\w+)"\)', text))
    marks = {str(kind.marks["lost"]) for kind in FAULTS.values() if "lost" in kind.marks}

    simulated = named | {f"lost_{mark}" for mark in marks}

    assert WORDS.macros("contact") == simulated | set(LostProblem)
    assert WORDS.macros("contact_help") == simulated | set(LostProblem)


def test_each_thing_that_a_host_is_checked_for_has_words_and_no_other() -> None:
    helper = (ROOT / "bot/executors/host_helper/checking.py").read_text()
    ours = [(ROOT / f"bot/maintenance/{name}.py").read_text() for name in ("host_check", "reality")]
    codes = set(re.findall(r'_(?:finding|asked)\(\s*"(\w+)"', helper))
    codes |= set(re.findall(r'^        "(\w+)": \[', "".join([helper, *ours]), re.MULTILINE))
    codes |= set(re.findall(r'code="(\w+)"', "".join(ours))) | {"state", "images"}

    said = {name for name in WORDS.macros("hosts") if name.startswith("check_")}
    assert said == {f"check_{code}" for code in codes}


def test_each_reason_why_a_host_is_not_set_up_has_words_and_no_other() -> None:
    said = {name for name in WORDS.macros("hosts") if name.startswith("not_")}

    assert said - {"not_installed"} == {f"not_{problem}" for problem in SetUpProblem}


@pytest.mark.parametrize(("file", "macro"), EVERY, ids=map(".".join, EVERY))
def test_each_macro_can_be_said_with_its_fields(file: str, macro: str) -> None:
    text = WORDS.say(file, macro, **sample(file, macro))

    assert text.strip()
    assert "None" not in text


@pytest.mark.parametrize(("file", "macro"), EVERY, ids=map(".".join, EVERY))
def test_words_never_call_a_guest_anything_else(file: str, macro: str) -> None:
    text = WORDS.say(file, macro, **sample(file, macro))

    assert not re.search(r"\b(vm|vps|domain|domu|instance)s?\b", text, re.IGNORECASE)


@pytest.mark.parametrize("code", sorted(Code))
def test_an_error_uses_only_the_fields_it_documents(code: Code) -> None:
    text = (ROOT / "bot/rules/errors.py").read_text()
    line = next(line for line in text.splitlines() if line.strip().startswith(code.name + " ="))
    documented = set(re.findall(r"\w+", line.partition("#")[2]))

    assert fields_of("errors", code) <= documented


@pytest.mark.parametrize("code", sorted(RemarkCode))
def test_a_remark_uses_only_the_fields_it_documents(code: RemarkCode) -> None:
    text = (ROOT / "bot/rules/plan/remarks.py").read_text()
    line = next(line for line in text.splitlines() if line.strip().startswith(code.name + " ="))
    documented = set(re.findall(r"\w+", line.partition("#")[2].partition(":")[0]))

    assert fields_of("remarks", code) <= documented


@pytest.mark.parametrize("problem", sorted(MailProblem))
def test_a_problem_of_mail_uses_only_the_fields_it_documents(problem: MailProblem) -> None:
    text = (ROOT / "notifications/errors.py").read_text()
    line = next(line for line in text.splitlines() if line.strip().startswith(problem.name + " ="))
    documented = set(re.findall(r"\w+", line.partition("#")[2]))

    assert fields_of("mail_problems", problem) <= documented


@pytest.mark.parametrize("counts", [COUNTS, dict.fromkeys(COUNTS, 0)], ids=["some", "none"])
@pytest.mark.parametrize("macro", sorted(WORDS.macros("mail")))
def test_an_answer_about_mail_has_no_empty_line(macro: str, counts: dict[str, int]) -> None:
    lines = WORDS.say("mail", macro, **{**sample("mail", macro), "counts": counts}).split("\n")

    assert all(lines)


def sample(file: str, macro: str) -> dict[str, Any]:
    return {**FIELDS, **OTHERS.get(file, {}), **OTHERS.get(f"{file}.{macro}", {})}


def fields_of(file: str, macro: str) -> set[str]:
    text = (ROOT / f"templates/chat/{file}.jinja").read_text()
    found = re.search(rf"macro {macro}\(([^)]*)\)", text)
    assert found
    return set(re.findall(r"(\w+)(?=,|$|=)", re.sub(r'=("[^"]*"|\w+|\(\))', "", found[1])))


def codes_in(module: str, callers: Iterable[str]) -> set[str]:
    """The texts that a module of the rules gives to *callers* as codes."""
    tree = ast.parse((ROOT / "bot/rules" / module).read_text())
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    given = (c for c in calls if isinstance(c.func, ast.Name) and c.func.id in set(callers))
    texts = (a.value for c in given for a in c.args if isinstance(a, ast.Constant))
    return {text for text in texts if isinstance(text, str)}

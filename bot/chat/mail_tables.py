"""What messages about campaigns show, as plain data: rows and counts, not yet words."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from datetime import datetime
from email import policy
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

from bot.maintenance.formats import moment
from bot.maintenance.notices.mail_news import of_campaign
from notifications import DeliveryState, Omission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notifications import Campaign, Counts, Delivery, Preview, Report

SHOWN = 100  # recipients with trouble in a message; all are in the file beside it
HEADERS = ("From", "Reply-To", "To", "Subject")  # of the sample, those that people look at
_D = DeliveryState
#: What is trouble, from what a person must see first.
ORDER = (_D.UNCERTAIN, _D.REFUSED, _D.DEFERRED, _D.SUPPRESSED, _D.CANCELLED)
_LINKED = frozenset({"reoptin", "trial-offer", "trial-result"})  # kinds with personal links
# Who has the key in one of these speaks for a customer: not all who read a chat should.
_KEY = re.compile(r"(https?://\S+/(?:optin|undo|unsubscribe)/)[^\s>]+")
_LINK = re.compile(r"https?://[^/\s]+")


def of_counts(counts: Counts) -> dict[str, int]:
    """Return how many deliveries are in each state."""
    return {state.value: counts[state] for state in DeliveryState}


def of_preview(preview: Preview) -> dict[str, object]:
    """Return the fields of a preview's message."""
    why = Counter(left.why for left in preview.left_out)
    headers = BytesHeaderParser(policy=policy.default).parsebytes(preview.sample)
    return {
        "campaign": preview.campaign.number,
        "kind": preview.campaign.kind,
        "announce": preview.campaign.announce,
        "post": preview.campaign.post,
        "items": preview.items,
        "recipients": preview.recipients,
        "together": sum(len(each.names) - 1 for each in preview.merged),
        "merged": preview.merged,
        "omitted": {omission.value: why[omission] for omission in Omission},
        "left_out": preview.left_out,
        "headers": [[name, str(headers[name])] for name in HEADERS if headers[name]],
        "lines": _KEY.sub(r"\1…", preview.sample_text).rstrip("\n").split("\n"),
        "to": preview.sample_to,
        "digest": preview.campaign.digest,
        "links": links(preview),
        "not_up": _not_invited(preview, "not_up"),
        "old_kernels": _not_invited(preview, "kernel_old"),
    }


def links(preview: Preview) -> str:
    """Return where the personal links of a mail lead, or nothing if its kind has none."""
    found = _LINK.search(preview.sample_text) if preview.campaign.kind in _LINKED else None
    return found[0] if found else ""


def _not_invited(preview: Preview, why: str) -> list[str]:
    left = preview.campaign.values.get("left_out", ())
    return [each["guest"] for each in left if each["why"] == why]


def about(campaign: Campaign) -> dict[str, object]:
    """Return what a campaign is about: a guest, or hosts and when their window begins."""
    values = campaign.values
    start = values.get("start")
    return {
        "guest": values.get("guest", ""),
        "hosts": [str(host).partition(".")[0] for host in values.get("hosts", ())],
        "start": f"{start.day} {start:%b %H:%M}" if isinstance(start, datetime) else "",
        "created": f"{campaign.created:%Y-%m-%d}",
    }


def of_report(report: Report) -> dict[str, object]:
    """Return the fields of a report's message: by name only those with trouble, worst first."""
    trouble = sorted(filter(_troubled, report.deliveries), key=_trouble)
    campaign = report.campaign
    return {
        **of_campaign(campaign),
        "approved_by": campaign.approved_by,
        "started": campaign.started,
        "ended": campaign.ended,
        "publication": campaign.publication,
        "counts": of_counts(report.counts),
        "total": report.counts.total,
        "bounces": dict(report.bounces),
        "uncertain": uncertain(report),
        "deliveries": [_delivery(each) for each in trouble[:SHOWN]],
        "more": max(0, len(trouble) - SHOWN),
        "quiet": sum(each.state is _D.SENT and not each.bounce for each in report.deliveries),
        "left_out": report.left_out,
        "merged": report.merged,
    }


def uncertain(report: Report) -> list[str]:
    """Return the addresses of which nobody knows whether they got it."""
    return [each.address for each in report.deliveries if each.state is _D.UNCERTAIN]


def _troubled(delivery: Delivery) -> bool:
    return delivery.state in ORDER or bool(delivery.bounce)


def _trouble(delivery: Delivery) -> int:
    """Return the place in the list: what came back later is last."""
    return ORDER.index(delivery.state) if delivery.state in ORDER else len(ORDER)


def _delivery(delivery: Delivery) -> dict[str, object]:
    return {
        "address": delivery.address,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "reply": delivery.reply,
        "code": delivery.code,
        "at": delivery.at,
        "due": delivery.due,
        "resends": delivery.resends,
        "bounce": delivery.bounce,
    }


def table(deliveries: Sequence[Delivery]) -> bytes:
    """Return all recipients as a CSV file, in the order of sending."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ("address", "name", "state", "attempts", "resends", "at", "reply", "bounce", "message_id")
    )
    for each in deliveries:
        at = moment(each.at) if each.at else ""
        cells = (each.address, each.name, each.state.value, each.attempts, each.resends, at)
        known = (each.reply or each.code, each.bounce, each.message_id)
        writer.writerow(map(_cell, (*cells, *known)))
    return text.getvalue().encode()


def _cell(value: object) -> str:
    """Return *value* as a cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text

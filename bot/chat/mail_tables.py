"""What messages about campaigns show, as plain data: rows and counts, not yet words."""

from __future__ import annotations

import csv
import io
from collections import Counter
from email import policy
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

from bot.maintenance.formats import moment
from notifications import DeliveryState, Omission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notifications import Counts, Delivery, Preview, Report

SHOWN = 100  # recipients in a message; all are in the file beside it
HEADERS = ("From", "Reply-To", "To", "Subject")  # of the sample, those that people look at
_D = DeliveryState
#: From what a person must see first to what went well.
ORDER = (
    *(_D.UNCERTAIN, _D.REFUSED, _D.DEFERRED, _D.SUPPRESSED, _D.CANCELLED),
    *(_D.SENDING, _D.CLAIMED, _D.PENDING, _D.SENT),
)


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
        "lines": preview.sample_text.rstrip("\n").split("\n"),
        "to": preview.sample_to,
        "digest": preview.campaign.digest,
    }


def of_report(report: Report) -> dict[str, object]:
    """Return the fields of a report's message: those with trouble first."""
    ordered = sorted(report.deliveries, key=_trouble)
    doubtful = [d.address for d in ordered if d.state is _D.UNCERTAIN]
    campaign = report.campaign
    return {
        "campaign": campaign.number,
        "kind": campaign.kind,
        "state": campaign.state.value,
        "pause": campaign.pause,
        "pause_detail": campaign.pause_detail,
        "actor": campaign.actor,
        "approved_by": campaign.approved_by,
        "started": campaign.started,
        "ended": campaign.ended,
        "publication": campaign.publication,
        "counts": of_counts(report.counts),
        "total": report.counts.total,
        "bounces": dict(report.bounces),
        "doubtful": doubtful,
        "deliveries": [_delivery(each) for each in ordered[:SHOWN]],
        "more": max(0, len(ordered) - SHOWN),
        "left_out": report.left_out,
        "merged": report.merged,
    }


def _trouble(delivery: Delivery) -> tuple[int, bool]:
    return ORDER.index(delivery.state), not delivery.bounce


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
    writer.writerow(("address", "name", "state", "attempts", "resends", "at", "reply", "bounce"))
    for each in deliveries:
        at = moment(each.at) if each.at else ""
        cells = (each.address, each.name, each.state.value, each.attempts, each.resends, at)
        writer.writerow(map(_cell, (*cells, each.reply or each.code, each.bounce)))
    return text.getvalue().encode()


def _cell(value: object) -> str:
    """Return *value* as a cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text

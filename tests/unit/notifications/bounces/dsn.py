"""Reports as mailers write them."""

from __future__ import annotations

REPORT = """\
Return-Path: <>
Delivered-To: {to}
From: MAILER-DAEMON@relay.example.net (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="limit"
Message-ID: {name}

This is a MIME-encapsulated message.

--limit
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--limit
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.net
Original-Envelope-Id: {envelope}
Arrival-Date: Wed,  1 Sep 2021 08:00:00 +0000 (UTC)

Final-Recipient: rfc822; a@example.org
Original-Recipient: rfc822;a@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {said}

--limit
Content-Type: text/rfc822-headers

Subject: Maintenance

--limit--
"""


def report(
    to: str,
    *,
    name: str = "<r1@relay.example.net>",
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "550 5.1.1 No such user",
    envelope: str = "",
) -> bytes:
    """Return a report as Postfix makes it."""
    text = REPORT.format(
        to=to, name=name, action=action, status=status, said=said, envelope=envelope
    )
    return text.encode()

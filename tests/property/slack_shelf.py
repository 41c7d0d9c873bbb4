"""Requests and postings of Slack in memory, kept as the store keeps them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.ports import Act, Message, Posting
from bot.rules.plan.data import plan_to_data
from tests.unit.chat.memory import plan

if TYPE_CHECKING:
    from bot.ports import Asked, AuditRow

CHANNEL = "C1"
_START = Act(label="Start", command="start hobgoblin --plan bbbb", about="start:hobgoblin")
_CANCEL = Act(label="Cancel", command="dismiss hobgoblin", about="start:hobgoblin")
#: The card of a start, as it is shown; its plan has changed since.
CARD = Posting(
    chat=f"slack:{CHANNEL}",
    place=CHANNEL,
    message=Message(text="hobgoblin: the plan", acts=(_START, _CANCEL)),
    context={"command": _START.command, "plan": plan_to_data(plan("hobgoblin", "bbbb"))},
    shown=1,
    reference="1.2",
)


class Shelf:
    """Requests and postings in memory, kept as the store keeps them."""

    def __init__(self) -> None:
        self.requests: dict[str, Asked] = {}
        self.pinned = [replace(CARD, number=1)]

    @property
    def shows(self) -> list[Message]:
        """What stands in the channel, or is to stand there."""
        return [posting.message for posting in self.pinned]

    async def asked(self, asked: Asked) -> str:
        taken = "".join((asked.key, asked.delivery, asked.text, *asked.where.values())).encode()
        assert b"\0" not in taken  # what no database takes
        if any(known.delivery == asked.delivery for known in self.requests.values()):
            return ""
        key, attempt = asked.key, 1
        while known := self.requests.get(key):
            if known.status not in {1, 2}:
                return ""
            attempt += 1
            key = f"{asked.key}#{attempt}"
        self.requests[key] = asked
        return key

    async def answered(self, key: str, status: int) -> None:
        self.requests[key] = replace(self.requests[key], status=status)

    async def orphaned(self, chat: str) -> tuple[Asked, ...]:
        raise AssertionError(chat)

    async def audited(self, key: str) -> AuditRow | None:
        raise AssertionError(key)

    async def post(self, posting: Posting) -> int:
        if posting.number:
            await self.edit(posting.number, posting.message)
        else:
            self.pinned.append(replace(posting, number=len(self.pinned) + 1))
        return posting.number or len(self.pinned)

    async def edit(self, number: int, message: Message) -> None:
        self.pinned[number - 1] = replace(self.pinned[number - 1], message=message)

    async def postings(self, chat: str) -> tuple[Posting, ...]:
        return tuple(posting for posting in self.pinned if posting.chat == chat)

    async def posting(self, chat: str, number: int = 0, reference: str = "") -> Posting | None:
        if reference:
            return next(
                (p for p in self.pinned if (p.chat, p.reference) == (chat, reference)), None
            )
        return self.pinned[number - 1] if 0 < number <= len(self.pinned) else None

    async def shown(self, number: int, **known: Any) -> None:  # noqa: ANN401 - any field
        self.pinned[number - 1] = replace(self.pinned[number - 1], **known)

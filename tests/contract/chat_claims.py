"""What every store promises about chats over a network: what was asked, what is to be shown."""

from __future__ import annotations

from dataclasses import replace

from bot.ports import Act, Asked, Message, Posting, Store
from tests.contract.store_values import Open, audit_row

CHAT = "slack:C1"
CHOICE = Act(label="Boot vps31", command="boot hobgoblin vps31", about="hobgoblin/vps31")
OTHER = Act(label="Boot vps17", command="boot hobgoblin vps17", about="hobgoblin/vps17")


def asked(delivery: str = "d1", key: str = "k1") -> Asked:
    where = {"channel": "C1"}
    return Asked(
        key=key,
        delivery=delivery,
        chat=CHAT,
        actor="slack:U1",
        text="pause hobgoblin",
        at=1e9,
        where=where,
    )


def posting(text: str = "vps31 is down", **more: object) -> Posting:
    known: dict[str, object] = {"chat": CHAT, "message": Message(text=text)}
    return Posting(**{**known, **more})  # type: ignore[arg-type]


class AskedClaims:
    async def test_a_request_without_an_answer_is_an_orphan_when_its_process_is_no_more(
        self, store: Store, another: Open
    ) -> None:
        gone = another("gone")
        await gone.asked(asked())
        await store.asked(asked("d2", "k2"))
        await gone.close()

        assert await store.orphaned(CHAT) == (asked(),)

        await store.answered("k1", 0)

        assert await store.orphaned(CHAT) == ()

    async def test_a_delivery_that_comes_again_is_no_request(
        self, store: Store, another: Open
    ) -> None:
        await store.asked(asked())

        assert await another("berta").asked(asked(key="other")) == ""

    async def test_a_key_that_is_worked_on_or_just_succeeded_is_refused(self, store: Store) -> None:
        await store.asked(asked("d1"))
        assert await store.asked(asked("d2")) == ""

        await store.answered("k1", 0)

        assert await store.asked(asked("d3")) == ""
        assert await store.asked(replace(asked("d4"), at=1e9 + 11)) == "k1#2"

    async def test_a_key_that_failed_may_be_asked_again_but_not_by_its_delivery(
        self, store: Store
    ) -> None:
        await store.asked(asked("d1"))
        await store.answered("k1", 1)

        assert await store.asked(asked("d1")) == ""
        assert await store.asked(asked("d2")) == "k1#2"
        assert await store.asked(asked("d3")) == ""

    async def test_an_audit_row_is_found_by_its_key(self, store: Store) -> None:
        row = replace(audit_row(), key="k1")
        await store.audit(row)

        assert await store.audited("k1") == row
        assert await store.audited("k2") is None


class PostingClaims:
    async def test_a_posting_waits_until_it_is_shown(self, store: Store) -> None:
        number = await store.post(posting(context={"plan": {"host": "hobgoblin"}}))
        (waiting,) = await store.postings(CHAT)
        assert waiting == replace(posting(), number=number, context={"plan": {"host": "hobgoblin"}})

        await store.shown(number, shown=1, reference="1.2", place="C1")

        assert await store.postings(CHAT) == ()
        found = await store.posting(CHAT, reference="1.2")
        assert found is not None
        assert found.number == number

    async def test_postings_wait_in_order_and_every_chat_has_its_own(self, store: Store) -> None:
        for text in ("one", "two"):
            await store.post(posting(text))
        await store.post(replace(posting("elsewhere"), chat="slack:C2"))

        assert [each.message.text for each in await store.postings(CHAT)] == ["one", "two"]

    async def test_edits_that_come_fast_leave_the_newest(self, store: Store) -> None:
        number = await store.post(posting("1 of 3"))
        await store.shown(number, shown=1, reference="1.2")

        for text in ("2 of 3", "3 of 3", "3 of 3"):
            await store.edit(number, Message(text=text))

        (waiting,) = await store.postings(CHAT)
        assert (waiting.message.text, waiting.shown, waiting.version) == ("3 of 3", 1, 3)
        assert waiting.acts_version == 1

    async def test_a_posting_with_files_waits_until_they_are_shown(self, store: Store) -> None:
        number = await store.post(
            posting(message=Message(text="report", files=(("a.png", b"\x89\0"),)))
        )
        await store.shown(number, shown=1)
        assert (await store.postings(CHAT))[0].message.files == (("a.png", b"\x89\0"),)

        await store.shown(number, files_shown=1)

        assert await store.postings(CHAT) == ()

    async def test_what_is_lost_waits_no_more(self, store: Store) -> None:
        number = await store.post(posting())

        await store.shown(number, lost="invalid_blocks")

        assert await store.postings(CHAT) == ()

    async def test_what_is_decided_is_offered_no_more(self, store: Store) -> None:
        message = Message(text="vps31 and vps17 are down", acts=(CHOICE, OTHER))
        number = await store.post(posting(message=message))

        decided = Message(text="slack:U1 chose for vps31: boot.\nmore")
        await store.post(posting(message=decided.settling(CHOICE.about)))

        found = await store.posting(CHAT, number)
        assert found is not None
        assert found.message.acts == (OTHER,)
        assert found.message.settled == ("slack:U1 chose for vps31: boot.",)
        assert found.acts_version == found.version == 2

from bot.rules.fleet import GuestState, Host, HostWork
from bot.rules.plan.difference import Difference, difference
from bot.rules.plan.making import make_plan
from bot.rules.policy.terms import Action
from tests.unit.rules.plans import changed, given, guest, planned


def test_equal_plans_do_not_differ() -> None:
    assert difference(planned("a", "b"), planned("a", "b")) == Difference()
    assert not Difference()


def test_a_guest_that_came_and_one_that_went_are_told() -> None:
    found = difference(planned("a", "b"), planned("b", "c"))

    assert ([s.guest for s in found.added], [s.guest for s in found.gone]) == (["c"], ["a"])


def test_only_guests_with_another_treatment_are_told() -> None:
    host = given([guest("a"), guest("b")])

    found = difference(make_plan(host), make_plan(changed(host, "b", state=GuestState.OFF)))

    assert [(old.guest, new.action) for old, new in found.changed] == [("b", Action.UNTOUCHED)]


def test_guests_that_changed_places_are_told_as_the_new_order() -> None:
    host = given([guest("a"), guest("b"), guest("c")])

    found = difference(make_plan(host), make_plan(changed(host, "c", memory_mib=4096)))

    assert found.saves == ("c", "a", "b")
    assert found.changed == ()


def test_a_guest_that_came_does_not_change_the_places_of_the_others() -> None:
    found = difference(planned("a", "b"), planned("a", "aa", "b"))

    assert (found.saves, found.restores) == ((), ())


def test_other_host_work_is_told() -> None:
    other = Host(name="hobgoblin", work=HostWork(kernel="6.1.0"))

    found = difference(planned("a"), planned("a", host=other))

    assert found.work is not None
    assert [work.kernel for work in found.work] == ["5.10.46", "6.1.0"]

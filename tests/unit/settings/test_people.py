"""Who may do what."""

from bot.settings import Right, Roles


def test_who_has_no_role_may_do_nothing() -> None:
    assert Roles(operate=("os:anna",)).of("os:bob") == frozenset()


def test_who_may_operate_may_also_look() -> None:
    assert Roles(operate=("os:anna",)).of("os:anna") == {Right.LOOK, Right.OPERATE}


def test_who_may_operate_may_not_approve() -> None:
    assert Right.APPROVE not in Roles(operate=("os:anna",), approve=("os:bob",)).of("os:anna")


def test_everyone_with_a_shell_is_nobody_from_chat() -> None:
    roles = Roles(look=("os:*",))

    assert roles.of("os:anna") == {Right.LOOK}
    assert not roles.of("slack:U1")

"""Whatever is typed as a kernel: what is accepted is a Linux that the kernel rule calls safe."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.policy.attesting import KernelVerdict, attest
from bot.rules.policy.kernel import KernelView, Safety, safety
from bot.rules.policy.terms import PolicySettings
from bot.rules.policy.version import FIXED_IN, parse, parse_attested, parse_release

_PIECES = (
    *("Linux", "version", "uname -r", "$ ", "#1 SMP", "x86_64", "GNU/Linux", "Debian", "FreeBSD"),
    *("-rc", "rc", "-amd64", ".el7", "-generic", "microsoft", "-RELEASE", "+", "-", ".", "_", "~"),
    *(" ", "\n", "\t", "\x00", '"', "'", "\u202e", "\u0664", "\u00a0", "4.2.0", "3.16.0", "6.1"),
)
_NUMBERS = st.integers(min_value=0, max_value=40).map(str)
_RELEASES = st.builds(
    "{}.{}.{}{}{}".format,
    st.integers(min_value=0, max_value=14),
    _NUMBERS,
    st.integers(min_value=0, max_value=1100),
    st.sampled_from(["", "-rc1", "-rc6", "-rc7", "-0.rc6.git0", "-040200rc6"]),
    st.text("abcxyz0189.-+_~", max_size=12),
)
TEXTS = st.one_of(
    st.text(max_size=200),
    _RELEASES,
    st.lists(st.one_of(st.sampled_from(_PIECES), _NUMBERS, _RELEASES), max_size=8).map("".join),
)
POLICIES = st.builds(
    PolicySettings,
    minimum_kernel=st.sampled_from(["4.2-rc7", "3.2", "5.10", "nonsense"]),
    fixed_kernels=st.lists(
        st.sampled_from(["*", "3.10.0-*.el7.*", "2.6.32-*", "3.1?.*", "4.1.*"]), max_size=2
    ).map(tuple),
)
SAID = settings(max_examples=600, derandomize=True, deadline=None)


def rule(release: str, policy: PolicySettings) -> Safety:
    """Ask the rule for kernels about a Linux under Xen."""
    seen = KernelView(version=parse(release), release_text=release)
    return safety(seen, "linux", "xen-4.14", policy)


@SAID
@given(text=TEXTS, policy=POLICIES)
def test_what_may_opt_in_is_a_release_that_the_rule_calls_safe(
    text: str, policy: PolicySettings
) -> None:
    said = attest(text, policy)

    if said.verdict.may_opt_in:
        assert parse(said.release) == parse_attested(said.release) is not None
        assert said.release.isascii()
        assert said.release.isprintable()
        assert len(said.release) <= 100
        assert rule(said.release, policy) is Safety.SAFE


@SAID
@given(text=_RELEASES, policy=POLICIES)
def test_a_release_is_old_when_the_rule_says_so(text: str, policy: PolicySettings) -> None:
    said = attest(text, policy)

    if said.release:
        by_the_rule = {True: Safety.OLD, False: Safety.SAFE}
        assert rule(said.release, policy) is by_the_rule[said.verdict is KernelVerdict.OLD]


@SAID
@given(text=TEXTS, policy=POLICIES)
def test_what_is_recorded_was_typed_and_is_decided_alike_again(
    text: str, policy: PolicySettings
) -> None:
    said = attest(text, policy)

    assert said.release in text
    assert not said.release or attest(said.release, policy) == said


@SAID
@given(text=TEXTS, policy=POLICIES)
def test_only_what_is_understood_is_recorded_and_read_back(
    text: str, policy: PolicySettings
) -> None:
    said = attest(text, policy)
    understood = said.verdict.may_opt_in or said.verdict is KernelVerdict.OLD

    assert bool(said.release) is understood
    assert parse_release(text) is None or said.release == text.strip()


@SAID
@given(text=TEXTS.map(lambda text: text + "\x00"))
def test_nothing_with_a_control_character_may_opt_in(text: str) -> None:
    assert not attest(text, PolicySettings(fixed_kernels=("*",))).verdict.may_opt_in


@SAID
@given(text=TEXTS)
def test_what_is_recorded_in_other_words_is_believed_only_if_it_is_old(text: str) -> None:
    version = parse_attested(text)

    assert version is None or version < FIXED_IN or version == parse_release(text)

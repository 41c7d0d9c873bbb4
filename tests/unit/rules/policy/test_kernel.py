from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.fleet import GuestFacts, GuestState, Mode
from bot.rules.optin import OptIn
from bot.rules.policy.kernel import KernelView, Safety, Source, can_be_trusted, family, safety, view
from bot.rules.policy.terms import PolicySettings
from bot.rules.policy.version import Version, parse, parse_attested, release_on_console

NOW = datetime(2021, 8, 28, 12, 0, tzinfo=UTC)


def version(text: str) -> Version:
    found = parse(text)
    assert found is not None
    return found


# ---- versions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("4.2-rc6", (4, 2, 0, 6)),
        ("4.2.0-rc7", (4, 2, 0, 7)),
        ("4.2.0-rc7+", (4, 2, 0, 7)),
        ("4.2.0-040200rc6-generic", (4, 2, 0, 6)),
        ("4.2.0-0.rc6.git0.1.fc24.x86_64", (4, 2, 0, 6)),
        ("4.2", (4, 2, 0, math.inf)),
        ("3.16.0-11-amd64", (3, 16, 0, math.inf)),
        ("2.6.32-754.el6.x86_64", (2, 6, 32, math.inf)),
        ("2.6.32.61", (2, 6, 32, math.inf)),
        ("5.10.0-8-amd64", (5, 10, 0, math.inf)),
        ("3.10.0-1160.el7.x86_64", (3, 10, 0, math.inf)),
        ("4.9.337-gentoo", (4, 9, 337, math.inf)),
        (" 6.1.0-13-arm64\n", (6, 1, 0, math.inf)),
        ("5.4.0-arc3", (5, 4, 0, math.inf)),
    ],
)
def test_a_release_is_read_as_its_numbers(text: str, numbers: tuple[float, ...]) -> None:
    found = version(text)

    assert (found.major, found.minor, found.patch, found.rc) == numbers


@pytest.mark.parametrize(
    "text",
    ["", "linux", "5", "v5.10.0", "x5.10", "10.0.19041", "7.9.2009", "5.10000", "-4.2", "٤.٢.٠"],  # noqa: RUF001 - digits that are not ASCII
)
def test_what_is_not_a_linux_version_is_not_read(text: str) -> None:
    assert parse(text) is None


def test_versions_are_ordered_with_candidates_before_their_release() -> None:
    texts = ["2.6.32", "3.16.0", "4.1.52", "4.2-rc1", "4.2.0-rc6", "4.2.0-rc7", "4.2", "4.10.1"]

    assert sorted(map(version, reversed(texts))) == [version(text) for text in texts]


@pytest.mark.parametrize(
    ("line", "release"),
    [
        ("Linux version 3.16.0-11-amd64 (debian-kernel@lists.debian.org)", "3.16.0-11-amd64"),
        ("[    0.000000] Linux version 5.10.0-8-amd64 (x) #1 SMP", "5.10.0-8-amd64"),
        ("Linux version", ""),
        ("Welcome to GNU/Linux", ""),
        ("", ""),
    ],
)
def test_a_console_line_names_its_release(line: str, release: str) -> None:
    assert release_on_console(line) == release


@pytest.mark.parametrize("text", ["6.10", "8.11", "7.9.2009", "10.0.19041", "Debian 8.11", ""])
def test_a_distributions_version_is_not_taken_for_an_attested_kernel(text: str) -> None:
    assert parse_attested(text) is None


@pytest.mark.parametrize("text", ["5.10.0-8-amd64", "4.2-rc7", "6.1.0"])
def test_a_kernel_in_full_is_taken_as_attested(text: str) -> None:
    assert parse_attested(text) == version(text)


# ---- what the sources say ----------------------------------------------------------------------


def seen(
    console: str = "",
    attested: str = "",
    *,
    feature: bool | None = None,
    age_days: int = 30,
    system: str = "linux",
) -> KernelView:
    facts = GuestFacts(
        name="vps1",
        uuid="u1",
        state=GuestState.RUNNING,
        system=system,
        kernel_line=f"Linux version {console} (gcc)" if console else "",
        feature_suspend=feature,
    )
    at = NOW - timedelta(days=age_days)
    stated = OptIn(guest="vps1", wanted=True, at=at, who="os:anna", how="link", kernel=attested)
    return view(facts, stated, NOW)


@pytest.mark.parametrize(
    ("console", "attested", "feature", "source", "release"),
    [
        ("", "", None, Source.NONE, ""),
        ("", "", False, Source.NONE, ""),
        ("", "", True, Source.XENSTORE, "4.10+"),
        ("", "5.10.0", None, Source.ATTESTED, "5.10.0"),
        ("", "5.10.0", True, Source.ATTESTED, "5.10.0"),
        ("", "4.9.0", False, Source.ATTESTED, "4.9.0"),
        ("", "garbage", True, Source.XENSTORE, "4.10+"),
        ("3.16.0", "", None, Source.CONSOLE, "3.16.0"),
        ("3.16.0", "", False, Source.CONSOLE, "3.16.0"),
        ("4.9.0", "4.9.0", False, Source.CONSOLE, "4.9.0"),
        ("5.10.0-9", "5.10.0-8", True, Source.CONSOLE, "5.10.0-9"),
        ("garbage", "5.10.0", None, Source.ATTESTED, "5.10.0"),
    ],
)
def test_sources_that_agree_are_one_view(
    console: str, attested: str, *, feature: bool | None, source: Source, release: str
) -> None:
    what = seen(console, attested, feature=feature)

    assert (what.source, what.release_text, what.contradiction) == (source, release, ())


@pytest.mark.parametrize(
    ("console", "attested", "feature", "oldest"),
    [
        ("3.16.0", "5.10.0", None, "3.16.0"),
        ("3.16.0", "5.10.0", False, "3.16.0"),
        ("3.16.0", "5.10.0", True, "3.16.0"),
        ("3.16.0", "", True, "3.16.0"),
        ("5.10.0", "3.16.0", None, "3.16.0"),
        ("5.10.0", "4.9.0", True, "4.9.0"),
        ("", "4.9.0", True, "4.9.0"),
        ("", "5.10.0", False, "5.10.0"),
        ("5.10.0", "", False, "5.10.0"),
        ("4.2.0-rc6", "4.2.0", None, "4.2.0-rc6"),
        ("2.6.18", "2.6.32", None, "2.6.18"),
    ],
)
def test_sources_that_disagree_are_a_contradiction_about_the_oldest(
    console: str, attested: str, *, feature: bool | None, oldest: str
) -> None:
    what = seen(console, attested, feature=feature)

    assert what.contradiction
    assert what.version == version(oldest)


def test_a_contradiction_shows_what_each_source_says() -> None:
    what = seen("3.16.0-11-amd64", "5.10.0", feature=False)

    assert what.contradiction == (
        ("console", "3.16.0-11-amd64"),
        ("attested", "5.10.0"),
        ("xenstore", "<4.10"),
    )


@pytest.mark.parametrize(("age_days", "read"), [(0, True), (364, True), (365, False), (800, False)])
def test_an_attestation_is_read_for_twelve_months(age_days: int, *, read: bool) -> None:
    assert (seen(attested="5.10.0", age_days=age_days).version is not None) is read


def test_an_attestation_too_old_cannot_contradict() -> None:
    assert seen("5.10.0", "3.16.0", age_days=400).contradiction == ()


def test_of_another_system_only_the_console_is_read() -> None:
    assert seen(attested="13.2.0", feature=True, system="freebsd") == KernelView()


def test_a_linux_on_the_console_is_one_whatever_its_system_is_called() -> None:
    assert seen("3.16.0", system="freebsd").version == version("3.16.0")


# ---- safety and families -----------------------------------------------------------------------

SHIPPED = PolicySettings()


def known(text: str) -> KernelView:
    return KernelView(version=parse(text), release_text=text, source=Source.CONSOLE)


@pytest.mark.parametrize(
    ("text", "hypervisor", "expected"),
    [
        ("4.2-rc6", "xen-4.14.2", Safety.OLD),
        ("4.2-rc7", "xen-4.14.2", Safety.SAFE),
        ("4.2.0", "xen-4.14.2", Safety.SAFE),
        ("3.16.0-11-amd64", "xen-4.14.2", Safety.OLD),
        ("2.6.32-754.el6.x86_64", "xen-4.14.2", Safety.OLD),
        ("2.6.32-754.el6.x86_64", "kvm-7.2", Safety.SAFE),
        ("5.10.0-8-amd64", "xen-4.14.2", Safety.SAFE),
        ("", "xen-4.14.2", Safety.UNKNOWN),
        ("", "kvm-7.2", Safety.SAFE),
    ],
)
def test_under_xen_a_linux_needs_the_fix(text: str, hypervisor: str, expected: Safety) -> None:
    assert safety(known(text), "linux", hypervisor, SHIPPED) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("3.16.0-11-*", Safety.SAFE),
        ("3.16.0-1?-amd64", Safety.SAFE),
        ("3.16.0-11-amd64", Safety.SAFE),
        ("3.16.0-1", Safety.OLD),
        ("3.16.0-10-*", Safety.OLD),
        ("3.16.0.11*", Safety.OLD),
    ],
)
def test_a_distributors_kernel_is_safe_when_marked_fixed(pattern: str, expected: Safety) -> None:
    settings = PolicySettings(fixed_kernels=("9.9.9", pattern))

    assert safety(known("3.16.0-11-amd64"), "linux", "xen-4.14.2", settings) is expected


def test_a_kernel_known_only_by_its_lower_bound_is_safe() -> None:
    assert safety(seen(feature=True), "linux", "xen-4.14.2", SHIPPED) is Safety.SAFE


def test_a_lower_bound_below_the_minimum_says_nothing() -> None:
    settings = PolicySettings(minimum_kernel="5.10")

    assert safety(seen(feature=True), "linux", "xen-4.14.2", settings) is Safety.UNKNOWN


@pytest.mark.parametrize(
    ("system", "expected"),
    [("freebsd", Safety.SAFE), ("unknown", Safety.UNKNOWN), ("", Safety.UNKNOWN)],
)
def test_the_kernel_rule_is_for_linux(system: str, expected: Safety) -> None:
    assert safety(KernelView(), system, "xen-4.14.2", SHIPPED) is expected


@pytest.mark.parametrize(
    ("hypervisor", "mode", "system", "text", "expected"),
    [
        ("xen-4.14.2", Mode.PV, "linux", "3.16.0-11-amd64", "xen/pv/linux-3.16"),
        ("xen-4.17.7", Mode.PVH, "linux", "5.10.46", "xen/pvh/linux-5.10"),
        ("xen-4.14.2", Mode.PV, "linux", "2.6.32-754.el6", "xen/pv/linux-2.6.32"),
        ("xen-4.14.2", Mode.PV, "linux", "4.2-rc6", "xen/pv/linux-4.2-rc"),
        ("xen-4.14.2", Mode.PV, "linux", "4.2-rc7", "xen/pv/linux-4.2"),
        ("xen-4.14.2", Mode.PV, "linux", "", "xen/pv/unknown"),
        ("xen-4.14.2", Mode.HVM, "FreeBSD", "", "xen/hvm/freebsd"),
        ("xen-4.14.2", Mode.HVM, "", "", "xen/hvm/unknown"),
        ("libvirt-9.0/qemu-7.2", Mode.HVM, "windows 10", "", "libvirt/hvm/windows-10"),
        ("", Mode.PV, "linux", "5.10.0", "unknown/pv/linux-5.10"),
    ],
)
def test_a_family_is_hypervisor_mode_and_series(
    hypervisor: str, mode: Mode, system: str, text: str, expected: str
) -> None:
    assert family(hypervisor, mode, system, parse(text)) == expected


def test_a_lower_bound_is_a_family_of_its_own() -> None:
    bound = seen(feature=True).version

    assert family("xen-4.14.2", Mode.PV, "linux", bound) == "xen/pv/linux-4.10+"


@pytest.mark.parametrize(
    ("name", "possible"),
    [
        ("xen/pv/linux-5.10", True),
        ("xen/pv/linux-4.2", True),
        ("xen/hvm/freebsd", True),
        ("kvm/hvm/linux-3.16", True),
        ("xen/pv/linux-4.1", False),
        ("xen/pv/linux-4.2-rc", False),
        ("xen/pv/linux-3.16", False),
        ("xen/pv/linux-2.6.32", False),
        ("xen/pv/linux-4.10+", False),
        ("kvm/hvm/linux-4.10+", False),
        ("xen/pv/unknown", False),
        ("kvm/hvm/unknown", False),
        ("", False),
    ],
)
def test_unknown_and_unfixed_families_can_never_be_trusted(name: str, *, possible: bool) -> None:
    assert can_be_trusted(name) is possible

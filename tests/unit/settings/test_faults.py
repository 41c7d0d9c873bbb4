"""Broken files: every fault of all of them, with file, key and line, and never a traceback."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.maintenance.words import Words
from bot.rules.names import NameProblem
from bot.settings import Problem, shipped
from bot.settings.values import Form
from tests.unit.settings.folder import INVENTORY, faults, written

WORDS = Words(shipped("templates") / "chat")

BROKEN_SETTINGS = [
    ("[policy]\npairs = 'never'", "policy.pairs", 2, Problem.INVALID),
    ("[policy]\n\nold_kernel = 'suspend'", "policy.old_kernel", 3, Problem.UNKNOWN_KEY),
    ("[policy]\nminimum_kernel = 'new'", "policy.minimum_kernel", 2, Problem.BAD_FORM),
    ("[polizy]\nx = 1", "polizy", 1, Problem.UNKNOWN_KEY),
    ("policy = 3", "policy", 1, Problem.INVALID),
    ("policy.pairs = 'never'", "policy.pairs", 1, Problem.INVALID),
    ("_env_file = 'x'", "_env_file", 1, Problem.UNKNOWN_KEY),
    ("[limits]\ndead = nan", "limits.dead", 2, Problem.INVALID),
    ("[limits]\nboot = -1", "limits.boot", 2, Problem.INVALID),
    ("[limits]\nlooks = [30, 5]", "limits.looks", 2, Problem.NOT_ASCENDING),
    ("[limits]\nshutdown = 20", "limits", 1, Problem.WARNING_TOO_EARLY),
    ("[plan]\ndepends = [\n'nowhere',\n]", "plan.depends", 2, Problem.UNKNOWN_PLACE),
    ("[plan]\nwarn_on = ['<b>']", "plan.warn_on.0", 2, Problem.BAD_NAME),
    ("[roles]\nlook = ['anna']", "roles.look.0", 2, Problem.BAD_FORM),
    ("[roles]\nlook = ['slack:*']", "roles.look.0", 2, Problem.BAD_FORM),
    ("[data]\ndirectory = '~nobody-here/x'", "data.directory", 2, Problem.NO_HOME),
    ('[inventory]\nfile = "a\\u0000b"', "inventory.file", 2, Problem.BAD_TEXT),
]

BROKEN_FILES = [
    (b"[policy\n", 1, Problem.SYNTAX),
    (b"\n[policy]\npairs = 1\npairs = 2\n", 4, Problem.SYNTAX),
    (b"a = 'x", 1, Problem.SYNTAX),
    (b"a = " + b"[" * 9000, 0, Problem.SYNTAX),
    (b"a = " + b"9" * 9000, 0, Problem.SYNTAX),
    (b"a = 2021-02-30\n", 1, Problem.SYNTAX),
    (b"a = '\xff'", 0, Problem.UNREADABLE),
]


@pytest.mark.parametrize(("text", "key", "line", "problem"), BROKEN_SETTINGS)
def test_a_wrong_setting_is_told_with_key_and_line(
    tmp_path: Path, text: str, key: str, line: int, problem: Problem
) -> None:
    (fault,) = faults(written(tmp_path, {"maint.toml": text}))

    assert fault.file == str(tmp_path / "maint.toml")
    assert (fault.key, fault.line, fault.problem) == (key, line, problem)


@pytest.mark.parametrize(("content", "line", "problem"), BROKEN_FILES)
@pytest.mark.parametrize("name", ["maint.toml", "inventory.toml", "world.toml"])
def test_a_file_that_is_not_toml_is_told_with_its_line(
    tmp_path: Path, name: str, content: bytes, line: int, problem: Problem
) -> None:
    (written(tmp_path, {}) / name).write_bytes(content)

    told = {(fault.file, fault.line, fault.problem) for fault in faults(tmp_path)}

    assert told == {(str(tmp_path / name), line, problem)}


def test_a_folder_that_is_not_there_is_told_file_by_file(tmp_path: Path) -> None:
    told = [(Path(fault.file).name, fault.problem) for fault in faults(tmp_path / "nowhere")]

    assert told == [("inventory.toml", Problem.UNREADABLE), ("maint.toml", Problem.UNREADABLE)]


def test_the_faults_of_all_files_and_the_environment_are_told_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAINT_CHAT__CONFIRM_START", "perhaps")
    broken = {
        "maint.toml": "[limits]\nboot = 'x'\nhost = 'y'",
        "inventory.toml": INVENTORY + "new = { host = 'gamma' }",
        "world.toml": "[",
    }

    told = [(Path(fault.file).name, fault.key) for fault in faults(written(tmp_path, broken))]

    assert told == [
        ("inventory.toml", "guests.new.uuid"),
        ("maint.toml", "limits.boot"),
        ("maint.toml", "limits.host"),
        ("world.toml", ""),
        ("environment", "MAINT_CHAT__CONFIRM_START"),
    ]


@pytest.mark.parametrize(
    ("variable", "value", "key", "problem"),
    [
        ("MAINT_LIMITS__BOOT", "soon", "MAINT_LIMITS__BOOT", Problem.INVALID),
        ("MAINT_LIMITS__BOTT", "3", "MAINT_LIMITS__BOTT", Problem.UNKNOWN_KEY),
        ("MAINT_LIMTS__BOOT", "3", "MAINT_LIMTS__BOOT", Problem.UNKNOWN_KEY),
        ("MAINT_ROLES__LOOK", "anna,bob", "MAINT_ROLES", Problem.NOT_JSON),
        ("MAINT_DATA", "~nobody-here/x", "MAINT_DATA", Problem.NO_HOME),
    ],
)
def test_a_wrong_variable_is_told_by_its_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    key: str,
    problem: Problem,
) -> None:
    monkeypatch.setenv(variable, value)

    (fault,) = faults(written(tmp_path, {}))

    assert (fault.file, fault.key, fault.problem) == ("environment", key, problem)


def test_a_variable_that_cannot_be_read_does_not_hide_what_is_wrong_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAINT_ROLES__LOOK", "anna,bob")

    told = faults(written(tmp_path, {"maint.toml": "[limits]\nboot = 'soon'"}))

    assert [fault.key for fault in told] == ["limits.boot", "MAINT_ROLES"]


def test_the_world_is_not_asked_for_without_a_simulated_host(tmp_path: Path) -> None:
    (written(tmp_path, {"inventory.toml": ""}) / "world.toml").unlink()

    assert faults(tmp_path) == ()


@given(content=st.binary(max_size=200))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_it_is_read_or_told(tmp_path: Path, content: bytes) -> None:
    (written(tmp_path, {}) / "inventory.toml").write_bytes(content)

    assert all(Path(fault.file).name == "inventory.toml" for fault in faults(tmp_path))


JUNK = ["''", "'x y'", "-1", "3.5", "1e400", "true", "[]", "[[]]", "{}", "{ a = 1 }", "1979-05-27"]


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("name", ["maint.toml", "inventory.toml"])
def test_whatever_stands_behind_a_key_it_is_taken_or_told(
    tmp_path: Path, name: str, junk: str
) -> None:
    lines = (shipped("config") / "production" / name).read_text().splitlines()
    for number, line in enumerate(lines):
        if " = " in line and not line.startswith("#"):
            changed = [*lines]
            changed[number] = f"{line.split(' = ', maxsplit=1)[0]} = {junk}"
            told = faults(written(tmp_path, {name: "\n".join(changed)}))
            assert all(fault.problem for fault in told)


def test_a_refused_name_is_told_with_the_reason() -> None:
    told = WORDS.say("problems", "bad_name", shown="-rf", why=NameProblem.CHARACTERS)

    assert told.startswith('"-rf" cannot be a name: it ')


@pytest.mark.parametrize("form", Form)
def test_every_form_has_an_example(form: Form) -> None:
    assert '"x" is not a' in WORDS.say("problems", "bad_form", shown="x", form=form)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[policy]\nbreaker_damage = 'two'", "must be a whole number"),
        ("[policy]\ncanaries = 'often'", "must be true or false"),
        ("[limits]\nboot = 'soon'", "must be a number"),
        ("[limits]\nboot = -1", "must be 0 or more"),
        ("[policy]\npairs = 'never'", "must be 'auto' or 'off'"),
        ("[policy]\nminimum_kernel = 4", "must be a text, in quotes"),
        ("[policy]\nfixed_kernels = 4", 'must be a list, like ["a", "b"]'),
        ("policy = 3", "must be a table of keys"),
    ],
)
def test_a_wrong_kind_of_value_is_said_in_our_words(tmp_path: Path, text: str, words: str) -> None:
    (fault,) = faults(written(tmp_path, {"maint.toml": text}))

    assert WORDS.code("problems", fault.problem, fault.fields) == words

"""The commands that set hosts up, as a shell meets them."""

import io
import subprocess
from pathlib import Path

import pytest

from bot.cli import main
from bot.executors import helper_file
from bot.host_commands import FORMS, parse
from bot.rules.errors import BadRequest

UUID = "00000000-0000-4000-8000-00000000000"
INVENTORY = f"""
[hosts.imp]
executor = "ssh"
address = "127.0.0.1"
port = 9
user = "maintbot"
[guests]
vps1 = {{ host = "imp", uuid = "{UUID}1", role = "infrastructure", checks = [22] }}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "maint.toml").write_text(
        '[data]\ndirectory = "../data"\n[ssh]\nconnect_seconds = 5\n'
    )
    (folder / "inventory.toml").write_text(INVENTORY)
    return folder


def maint(config: Path, *words: str) -> int:
    return main(["--config", str(config), *words])


@pytest.mark.parametrize(
    ("words", "argument", "options"),
    [
        (["host", "build"], "", {}),
        (["host", "build", "/tmp/x"], "/tmp/x", {}),  # noqa: S108 - nothing is written
        (["host", "install", "imp", "--print"], "imp", {"--print": "yes"}),
        (["host", "install", "--admin", "anna@imp", "imp"], "imp", {"--admin": "anna@imp"}),
        (["host", "install", "--admin=anna@imp", "imp"], "imp", {"--admin": "anna@imp"}),
        (["inventory", "discover", "imp"], "imp", {}),
        (["may-suspend", "vps1"], "vps1", {}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_is_understood(words: list[str], argument: str, options: dict[str, str]) -> None:
    asked = parse(words)

    assert (asked.argument, dict(asked.options)) == (argument, options)


@pytest.mark.parametrize(
    ("line", "problem", "usage"),
    [
        ("host", "which", "host build [FILE] or: host install"),
        ("host instal imp", "not_a_choice", "host install HOST"),
        ("host check", "missing", "host check HOST"),
        ("host check imp dry", "too_many", "host check HOST"),
        ("host check imp --prnt", "unknown_option", "host check HOST"),
        ("host install imp --print=1", "takes_no_value", "host install HOST"),
        ("host install imp --admin", "needs_value", "host install HOST"),
        ("host install --admin --print imp", "needs_value", "host install HOST"),
        ("inventory", "which", "inventory discover HOST"),
        ("may-suspend", "missing", "may-suspend GUEST"),
    ],
)
def test_a_mistake_says_what_is_wrong_and_the_form_that_is_right(
    line: str, problem: str, usage: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(line.split())

    assert refused.value.fields["problem"] == problem
    assert str(refused.value.fields["usage"]).startswith(usage)


@pytest.mark.parametrize("name", FORMS)
def test_each_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*name.split(), "--help"]) == 0
    assert f"maint {FORMS[name].usage}" in capsys.readouterr().out


def test_the_helper_is_built_where_it_is_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["host", "build", str(tmp_path / "maint-host")]) == 0

    assert (tmp_path / "maint-host").read_bytes() == helper_file.content()
    assert helper_file.version() in capsys.readouterr().out


def test_a_place_where_nothing_can_be_built_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["host", "build", str(tmp_path / "none" / "maint-host")]) == 2
    assert "cannot be written: No such file or directory" in capsys.readouterr().err


def test_the_printed_script_can_be_run_as_it_is(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert maint(config, "host", "install", "imp", "--print") == 0

    script = capsys.readouterr().out
    assert "BOT_USER=maintbot" in script
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)


def test_before_anything_is_done_all_of_it_is_shown_and_no_answer_is_a_no(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())

    assert maint(config, "host", "install", "imp") == 1

    shown = capsys.readouterr().out
    key = (config.parent / "data" / "id_ed25519.pub").read_text().split()[1]
    assert f'restrict,command="/usr/local/sbin/maint-host ssh" ssh-ed25519 {key}' in shown
    assert "maintbot ALL=(root) NOPASSWD: /usr/local/sbin/maint-host session" in shown
    assert shown.endswith("nothing was done on imp.\n")


def test_a_host_that_was_never_set_up_is_told_so(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert maint(config, "host", "check", "imp") == 2
    assert "maint host install imp makes it" in capsys.readouterr().out


def test_a_host_that_is_away_is_told_in_one_line(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maint(config, "host", "install", "imp", "--print")
    capsys.readouterr()

    assert maint(config, "host", "check", "imp") == 2
    assert capsys.readouterr().out.startswith(" ✗ no SSH connection to it can be made")


@pytest.mark.parametrize("command", ["host check", "host install", "inventory discover"])
def test_a_simulated_host_has_nothing_to_set_up(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--demo", *command.split(), "clockwork"]) == 1
    assert "clockwork is simulated" in capsys.readouterr().err


def test_an_unknown_host_is_told_with_the_nearest_one(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert maint(config, "host", "check", "imb") == 1
    assert '"imp"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "status", "said"),
    [
        ("maint.toml", 0, "mulberry may be suspended on hobgoblin now: opted in."),
        ("shipped-defaults.toml", 1, "mulberry may not be suspended on hobgoblin now: unsafe"),
        ("canaries.toml", 0, "only with a snapshot of its disk"),
    ],
)
def test_a_script_learns_whether_a_guest_may_be_suspended(
    capsys: pytest.CaptureFixture[str], settings: str, status: int, said: str
) -> None:
    assert main(["--demo", "--settings", settings, "may-suspend", "mulberry"]) == status
    assert said in capsys.readouterr().out


def test_a_guest_that_nobody_knows_may_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--demo", "may-suspend", "mulbery"]) == 1
    assert '"mulberry"' in capsys.readouterr().err


def test_who_may_not_look_learns_nothing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert maint(config, "may-suspend", "vps1") == 1
    assert "needs the role look" in capsys.readouterr().err

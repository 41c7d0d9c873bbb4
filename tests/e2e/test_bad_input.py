"""Bad input, to the whole program: each gets one sentence: what, where, and what to do next."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.cli import main
from bot.executors.simulator import Simulator, WorldClock
from bot.settings import shipped
from tests.e2e.theatre import play

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.executors.simulator import HostWorld


@pytest.fixture
def demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Give one commands to a demo that is kept in `tmp_path`: its exit status, and all it says."""

    def say(*words: str) -> tuple[int, str]:
        status = main(["--demo", "--data", str(tmp_path), *words])
        said = capsys.readouterr()
        return status, (said.out + said.err).rstrip("\n")

    return say


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Start a run twice, that comes to a question: its folder, and all that was said."""
    folder = tmp_path_factory.mktemp("asked")
    lines = ["start hobgoblin", "start hobgoblin"]
    return folder, asyncio.run(play(folder, lines, "canaries.toml")).transcript


@pytest.fixture
def configured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """Put a text at the end of a file of the demo's configuration, and say what comes of it."""

    def say(**ends: str) -> list[str]:
        folder = tmp_path / "config"
        shutil.copytree(shipped("config") / "demo", folder)
        for name, end in ends.items():
            with (folder / f"{name}.toml").open("a", encoding="utf-8") as file:
                file.write(end)
        assert main(["--config", str(folder), "--data", str(tmp_path / "data"), "hosts"]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        return said.err.replace(f"{folder}/", "").splitlines()

    return say


def change(folder: Path, host: str, edit: Callable[[HostWorld], None]) -> None:
    with Simulator(folder / "world", WorldClock(folder / "world")).edit(host) as world:
        edit(world)


def sql(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "maint.sqlite")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


# ---- what was typed --------------------------------------------------------------------------

NAME = (
    '"{}" cannot be the name of a host: it may have only letters, digits, ".", "_" and "-", and '
    "begins with a letter or digit. Nothing was done. Type it again, shorter or plainer."
)
COMMAND = (
    'Your command "{}" cannot be used: it {}. Nothing was done. Type it again, shorter or plainer.'
)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "plan hobgobln",
            'There is no host "hobgobln". Did you mean "hobgoblin"? Type "hosts" for the list.',
        ),
        (
            "boot hobgoblin rokery",
            (
                'There is no guest "rokery" on hobgoblin. Did you mean "rookery"? '
                'Type "guests hobgoblin" for the list.'
            ),
        ),
        (
            "strat hobgoblin",
            'There is no command "strat". Did you mean "start"? Type "help" for the list.',
        ),
        (
            'plan "hobgoblin',
            (
                "plan: a quote is opened and not closed. Nothing was done. "
                "Type: plan HOST [--no-suspend] [--guard]"
            ),
        ),
        (
            "abort clockwork",
            (
                "clockwork has no run, so there is nothing to abort. "
                'Type "plan clockwork" to see what a run would do.'
            ),
        ),
        ("plan <!channel>", NAME.format("<!channel>")),
        ("plan *bold*", NAME.format("*bold*")),
        (
            "plan hob\x1b[31mgoblin",
            COMMAND.format("plan hob\\x1b[31mgoblin", "has control or invisible characters"),
        ),
        (
            "plan " + "a" * 10_000,
            COMMAND.format("plan " + "a" * 34 + "…", "is too long"),
        ),
    ],
    ids=["host", "guest", "verb", "quote", "no run", "markup", "bold", "control", "10,000"],
)
async def test_a_line_that_cannot_be_obeyed_gets_one_sentence(
    tmp_path: Path, line: str, sentence: str
) -> None:
    played = await play(tmp_path, [line])

    assert played.exit_status == 1
    assert played.transcript.splitlines()[5:] == [sentence]


# ---- what stands in the way ------------------------------------------------------------------


def test_a_host_in_a_run_is_refused_with_who_and_since_when(asked: tuple[Path, str]) -> None:
    assert (
        "> start hobgoblin\nhobgoblin is already in a run, started by os:anna at 2021-08-26 20:00 "
        'UTC. Nothing was done. Type "status hobgoblin" to see where it is and what it waits '
        "for.\n"
    ) in asked[1]


def test_a_plan_that_changed_is_not_started_and_its_successor_is_named(
    demo: Callable[..., tuple[int, str]],
) -> None:
    status, said = demo("start", "clockwork", "--plan", "0123456789ab")

    assert status == 1
    plan = said.split("Plan ")[1][:12]
    assert said.splitlines()[-1] == (
        "The plan of clockwork has changed since it was shown (it was 0123456789ab, it is "
        f"{plan}). Nothing was started. Read the difference, then type: "
        f"start clockwork --plan {plan}"
    )


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "image_space_mib",
            2048,
            (
                "  ! too little space for images: 26.9 GiB are needed, 2.0 GiB are free. "
                "Free space, or use --no-suspend."
            ),
        ),
        (
            "autostart",
            ["xendomains"],
            "  ! xendomains would start or stop guests without the bot. Switch it off on the host.",
        ),
    ],
)
def test_a_host_that_is_not_ready_is_not_started(
    tmp_path: Path,
    demo: Callable[..., tuple[int, str]],
    key: str,
    value: object,
    sentence: str,
) -> None:
    demo("holds")
    change(tmp_path, "clockwork", lambda host: setattr(host, key, value))

    status, said = demo("start", "clockwork")

    assert status == 1
    assert said.splitlines()[1:3] == ["MAY NOT START; nothing was touched. First mend:", sentence]


# ---- files -----------------------------------------------------------------------------------


def test_all_faults_of_all_files_are_told_together_with_file_line_and_key(
    configured: Callable[..., list[str]],
) -> None:
    said = configured(
        maint='\n[plan]\ndepnds = ["jack"]\ntold_minutes = "an hour"\n',
        inventory='\n[guests."<b>"]\nhost = "nowhere"\n',
    )

    assert said[0].startswith("The configuration cannot be used (")
    assert said[0].endswith(" faults); nothing was started. Mend these, then run it again:")
    where = [line.split(": ")[:2] for line in said[1:]]
    assert [file.rstrip(":0123456789") for file, _ in where] == sorted(
        file.rstrip(":0123456789") for file, _ in where
    )
    assert {"plan.depnds", "plan.told_minutes"} <= {key for _, key in where}
    assert all(":" in file for file, _ in where)


def test_a_file_that_is_not_toml_is_named_with_its_line(
    configured: Callable[..., list[str]],
) -> None:
    said = configured(maint="\n[[\n")

    assert len(said) == 2
    assert said[1].startswith("  maint.toml:")
    assert "this is not TOML" in said[1]


def test_a_folder_without_a_configuration_says_where_it_was_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(tmp_path), "hosts"]) == 2
    assert capsys.readouterr().err.splitlines()[2] == (
        f"  {tmp_path}/maint.toml: this file cannot be read (No such file or directory); "
        "put it there, or correct where maint is told to look"
    )


def test_a_database_from_a_newer_version_is_not_touched(
    tmp_path: Path, demo: Callable[..., tuple[int, str]]
) -> None:
    demo("holds")
    sql(tmp_path, "UPDATE alembic_version SET version_num = '9999'")

    assert demo("hosts") == (
        2,
        (
            f"The database {tmp_path}/maint.sqlite was written by a newer maintbot "
            "(its version 9999, ours 0006). Nothing was changed. Install that version again, or "
            "restore the database from before."
        ),
    )


def test_a_file_that_is_no_database_is_named(
    tmp_path: Path, demo: Callable[..., tuple[int, str]]
) -> None:
    (tmp_path / "maint.sqlite").write_text("My notes on hobgoblin. " * 1000)

    assert demo("hosts") == (
        2,
        (
            "The configuration cannot be used (1 fault); nothing was started. Mend these, then run "
            f"it again:\n  {tmp_path}/maint.sqlite: file is not a database"
        ),
    )


def test_a_corrupt_journal_row_is_named_and_its_run_is_left_alone(
    tmp_path: Path, asked: tuple[Path, str], demo: Callable[..., tuple[int, str]]
) -> None:
    shutil.copytree(asked[0], tmp_path, dirs_exist_ok=True)
    drop = "DROP TRIGGER journal_refuses_update"
    sql(tmp_path, drop, "UPDATE journal SET data = '{}' WHERE number = 7")

    assert demo("status", "hobgoblin") == (
        2,
        (
            "The journal of run run1 cannot be read at row 7: its digest does not fit: it was "
            "changed after it was written. The bot does nothing more on its host. Guests are as "
            'they are: look there with "maint-host list", keep a copy of the database, then take '
            "over by hand."
        ),
    )


@pytest.mark.parametrize("file", ["hosts/clockwork.json", "clock.json"])
def test_a_broken_file_of_the_simulated_world_is_named(
    tmp_path: Path, demo: Callable[..., tuple[int, str]], file: str
) -> None:
    demo("holds")
    (tmp_path / "world" / file).write_text("{")

    status, said = demo("hosts")

    assert status == 2
    assert f"cannot be used: {tmp_path}/world/{file}: " in said
    assert said.endswith('or begin with a new world, by "--data" with another folder.')


def test_a_data_folder_that_cannot_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    assert main(["--demo", "--data", str(tmp_path / "file"), "hosts"]) == 1
    assert capsys.readouterr().err == (
        "The simulated world cannot be used: [Errno 20] Not a directory: "
        f"'{tmp_path}/file/world/hosts'. Nothing was done. Mend that and type the same again; or "
        'begin with a new world, by "--data" with another folder.\n'
    )

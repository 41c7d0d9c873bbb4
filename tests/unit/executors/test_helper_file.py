"""The helper as one file: what is in it, that it runs, and that it knows itself."""

import ast
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot.executors import helper_file
from bot.executors.host_helper.version import DIGITS, sources, version, version_of

ROOT = Path(__file__).parents[3]
MODULES = {"bot.a": "x = 1\n", "bot.b": "y = 2\n"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("built") / "maint-host"
    helper_file.build(path)
    return path


def python(*words: str, cwd: Path) -> str:
    command = [sys.executable, "-I", *words]
    done = subprocess.run(command, cwd=cwd, text=True, capture_output=True, check=True)
    return done.stdout


def test_the_same_sources_give_the_same_bytes() -> None:
    assert helper_file.content() == helper_file.content()


def test_a_file_carries_no_time_and_nothing_of_the_bot_but_the_helper(built: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        entries = archive.infolist()

    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert [e.filename for e in entries] == sorted(e.filename for e in entries)
    outside = {e.filename for e in entries if "host_helper" not in e.filename}
    assert outside == {"__main__.py", "bot/__init__.py", "bot/executors/__init__.py"}


def test_every_module_of_the_helper_is_in_it(built: Path) -> None:
    package = ROOT / "bot/executors/host_helper"
    modules = {path.relative_to(ROOT).as_posix() for path in package.rglob("*.py")}

    with zipfile.ZipFile(built) as archive:
        assert modules <= set(archive.namelist())


def test_it_runs_by_itself_and_tells_the_version_that_the_bot_expects(built: Path) -> None:
    assert python(str(built), "version", cwd=built.parent).split()[-1] == helper_file.version()


def test_the_file_and_a_checkout_are_of_the_same_version(built: Path) -> None:
    ask = "import sys; sys.path.insert(0, sys.argv[1]);"
    ask += "from bot.executors.host_helper.version import version; print(version())"

    assert python("-c", ask, str(built), cwd=built.parent).strip() == version()


def test_it_imports_nothing_outside_the_standard_library_and_itself(built: Path) -> None:
    ask = "import sys; before = set(sys.modules); sys.path.insert(0, sys.argv[1]);"
    ask += "import bot.executors.host_helper.__main__;"
    ask += "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"

    found = set(python("-S", "-c", ask, str(built), cwd=built.parent).split())

    assert found - set(sys.stdlib_module_names) == {"bot"}


@pytest.mark.parametrize("name", sorted(dict(sources())))
def test_an_older_python_can_read_it(name: str) -> None:
    ast.parse(dict(sources())[name], feature_version=(3, 9))


def test_another_line_ending_is_no_other_version() -> None:
    windows = {name: text.replace("\n", "\r\n") for name, text in MODULES.items()}

    assert version_of(MODULES) == version_of(windows)
    assert len(version_of(MODULES)) == DIGITS


@pytest.mark.parametrize(
    "other", [{**MODULES, "bot.b": "y = 3\n"}, {"bot.a": "x = 1\n"}, {**MODULES, "bot.c": ""}]
)
def test_any_other_source_is_another_version(other: dict[str, str]) -> None:
    assert version_of(other) != version_of(MODULES)


def test_what_it_is_written_over_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "maint-host"
    path.write_text("an older one")

    helper_file.build(path)

    assert [entry.name for entry in tmp_path.iterdir()] == ["maint-host"]
    assert path.stat().st_mode & 0o777 == 0o755
    assert zipfile.is_zipfile(io.BytesIO(path.read_bytes()))

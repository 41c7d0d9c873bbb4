"""The gates of `make check`, and rules that no tool knows, as tests."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK_FILES = ("requirements.txt", "requirements-uv.txt")

GATES = {
    "ruff check": [sys.executable, "-m", "ruff", "check"],
    "ruff format": [sys.executable, "-m", "ruff", "format", "--check"],
    "mypy": [sys.executable, "-m", "mypy"],
    "lint-imports": [str(Path(sys.executable).with_name("lint-imports")), "--no-logo"],
}

# In pieces, so that this file is not what it looks for.
PACKAGE_INDEXES = "|".join(
    [
        "py" + r"pi\.org",
        "python" + "hosted",
        "npm" + r"js\.(com|org)",
        r"crates\." + "io",
        r"deb\." + "debian",
    ]
)
MOCKS = "|".join(["unittest" + r"\.mock", "from unittest " + "import.*mock", "Magic" + "Mock"])
SLEEPS = r"(time|asyncio)[.]sleep\(|from (time|asyncio) import.*\<sleep\>"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)


def lines_with(pattern: str, *paths: str) -> list[str]:
    """Find *pattern* in what is tracked, and in what is about to be."""
    # A checkout may belong to another user than the one who tests it, which git refuses otherwise.
    git = ("git", "-c", f"safe.directory={ROOT}")
    found = run(*git, "grep", "--untracked", "-I", "-n", "-E", pattern, "--", *paths)
    assert found.returncode in {0, 1}, found.stderr
    return found.stdout.splitlines()


def locked(name: str) -> dict[str, str]:
    """Read a lock file: each distribution's name and its whole entry."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return {
        canonicalize_name(re.split(r"[=\s;]", entry, maxsplit=1)[0]): entry for entry in entries
    }


@pytest.mark.parametrize("gate", GATES)
def test_gate_is_clean(gate: str) -> None:
    outcome = run(*GATES[gate])

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_no_file_names_a_package_index() -> None:
    assert lines_with(PACKAGE_INDEXES) == []


def test_nothing_is_mocked() -> None:
    assert lines_with(MOCKS, "*.py") == []


def test_no_test_sleeps() -> None:
    assert lines_with(SLEEPS, "tests/*.py") == []


@pytest.mark.parametrize("name", LOCK_FILES)
def test_every_locked_requirement_has_a_version_and_a_hash(name: str) -> None:
    entries = locked(name).values()

    assert entries
    assert [e for e in entries if "==" not in e or "--hash=sha256:" not in e] == []


def test_the_lock_satisfies_every_requirement_of_the_project() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, groups = configuration["project"], configuration["dependency-groups"]
    asked = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
        *(text for group in groups.values() for text in group),
    ]
    entries = {name: entry for file in LOCK_FILES for name, entry in locked(file).items()}

    assert [text for text in asked if not satisfied(Requirement(text), entries)] == []


def satisfied(requirement: Requirement, entries: dict[str, str]) -> bool:
    entry = entries.get(canonicalize_name(requirement.name), "")
    version = re.search(r"==([^\s;]+)", entry)
    return version is not None and requirement.specifier.contains(version[1], prereleases=True)

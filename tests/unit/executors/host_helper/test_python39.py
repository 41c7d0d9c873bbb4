"""What runs on hosts runs there: with Python 3.9, its library, and nothing else."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import bot.executors.host_helper

PACKAGE = "bot.executors.host_helper"
_PLACE = Path(bot.executors.host_helper.__file__).parent
MODULES = {str(path.relative_to(_PLACE)): path for path in sorted(_PLACE.rglob("*.py"))}
#: What the standard library of 3.9 has not, however it is written.
YOUNGER = {
    "StrEnum", "tomllib", "TaskGroup", "ExceptionGroup", "Self", "override", "assert_never",
    "batched", "pairwise", "TypeAlias", "ParamSpec", "UTC", "file_digest", "NotRequired",
}  # fmt: skip
#: Words that functions and classes of 3.9 do not take.
WORDS = {"kw_only", "slots", "match_args", "weakref_slot", "root_dir", "delete_on_close"}


@pytest.fixture(params=MODULES)
def tree(request: pytest.FixtureRequest) -> ast.Module:
    """Return each module of the package, read as Python 3.9 does."""
    return parsed(request.param)


@cache
def parsed(module: str) -> ast.Module:
    text = MODULES[module].read_text(encoding="utf-8")
    return ast.parse(text, module, feature_version=(3, 9))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield str(node.module)


def in_annotations(tree: ast.Module) -> set[ast.AST]:
    """Return all nodes that nobody evaluates, given the future import."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        for kind in ("annotation", "returns"):
            annotation = getattr(node, kind, None)
            if annotation is not None:
                found.update(ast.walk(annotation))
    return found


def test_the_package_is_there() -> None:
    assert {"gate.py", "verbs/saving.py", "dialects/libvirt.py"} <= set(MODULES)


def test_it_imports_the_standard_library_and_itself(tree: ast.Module) -> None:
    others = [
        name
        for name in imported(tree)
        if name.split(".")[0] not in sys.stdlib_module_names
        and name != PACKAGE
        and not name.startswith(f"{PACKAGE}.")
    ]

    assert others == []


def test_it_uses_nothing_that_is_younger(tree: ast.Module) -> None:
    names = {
        name
        for node in ast.walk(tree)
        for name in (
            getattr(node, "id", ""),
            getattr(node, "attr", ""),
            *(alias.name for alias in getattr(node, "names", []) if isinstance(alias, ast.alias)),
        )
    }

    assert names & YOUNGER == set()
    assert "tomllib" not in set(imported(tree))


def test_it_passes_no_word_that_is_younger(tree: ast.Module) -> None:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]

    words = [(call, word.arg) for call in calls for word in call.keywords]
    assert [word for _, word in words if word in WORDS] == []
    assert [c for c, word in words if (word, getattr(c.func, "id", "")) == ("strict", "zip")] == []


def test_it_has_no_match(tree: ast.Module) -> None:
    assert [node for node in ast.walk(tree) if isinstance(node, ast.Match)] == []


def test_its_annotations_are_not_evaluated(tree: ast.Module) -> None:
    futures = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    annotated = in_annotations(tree)

    assert not annotated or any(node.module == "__future__" for node in futures)


def test_no_type_is_joined_where_python_evaluates_it(tree: ast.Module) -> None:
    unread = in_annotations(tree)
    joined = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and node not in unread
        if "None" in ast.unparse(node).split(" | ") or _is_type(node.left) or _is_type(node.right)
    ]

    assert joined == []


def _is_type(node: ast.expr) -> bool:
    """Say whether it is written as a type is: a builtin one, or one with parameters in brackets."""
    builtins = {"str", "int", "bytes", "float", "bool", "dict", "list", "tuple", "set"}
    return getattr(node, "id", "") in builtins


def test_no_shell_reads_what_it_runs(tree: ast.Module) -> None:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    shells = [call for call in calls if any(word.arg == "shell" for word in call.keywords)]

    assert shells == []
    assert not {"system", "popen"} & {getattr(call.func, "attr", "") for call in calls}

"""Run the benchmarks named on the command line, or all; exit 1 if a target was missed."""

import pkgutil
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.benchmarks.table import Table


def found() -> dict[str, Any]:
    modules = pkgutil.iter_modules([str(Path(__file__).parent)])
    names = sorted(m.name for m in modules if m.name != "__main__")
    imported = {name: import_module(f"tests.benchmarks.{name}") for name in names}
    return {name: module for name, module in imported.items() if hasattr(module, "tables")}


def show(tables: Iterable[Table]) -> bool:
    met = True
    for table in tables:
        print("\n".join(table.lines()), end="\n\n", flush=True)
        met = met and table.met
    return met


def main(names: list[str]) -> int:
    known = found()
    if unknown := sorted(set(names) - known.keys()):
        print(f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(known)}.")
        return 2
    verdicts = [show(known[name].tables()) for name in names or known]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

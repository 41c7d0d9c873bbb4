"""What a benchmark shows: rows of figures, some of which have a target."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Row:
    name: str
    figures: tuple[str, ...]
    met: bool | None = None  # None: it has no target


@dataclass(kw_only=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)

    def add(self, name: str, *figures: str, met: bool | None = None) -> None:
        self.rows.append(Row(name=name, figures=figures, met=met))

    @property
    def met(self) -> bool:
        return all(row.met is not False for row in self.rows)

    def lines(self) -> Iterator[str]:
        cells = [("", *self.columns, ""), *map(_cells, self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        yield self.title
        for line in cells:
            yield "  " + _aligned(line, widths)


def _cells(row: Row) -> tuple[str, ...]:
    verdict = {None: "", True: "ok", False: "MISSED"}[row.met]
    return (row.name, *row.figures, verdict)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    figures = [cell.rjust(width) for cell, width in others]
    return "  ".join([first[0].ljust(first[1]), *figures]).rstrip()

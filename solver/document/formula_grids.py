"""Environments of a formula: `\\begin{pmatrix}`, `cases`, `aligned`, `array`."""

from __future__ import annotations

import re

from solver.document.formula_rows import Rows
from solver.document.formula_symbols import ENVIRONMENTS
from solver.document.formula_tree import EMPTY, Grid, Node
from solver.errors import nearest

_ROW_GAP = re.compile(r"\s*\[\d*(?:\.\d+)?(?:ex|em|pt)\]")


class Grids(Rows):
    """Rows, and the cells of environments."""

    def environment(self, offset: int) -> Node:
        name, start = self.raw(r"\begin")
        if name.rstrip("*") not in ENVIRONMENTS or name not in ENVIRONMENTS:
            hint = nearest(name, ENVIRONMENTS)
            raise self.fault(
                f"“{name}” is not among the environments that formulas may use",
                start,
                max(1, len(name)),
                hint,
            )
        columns = ""
        if name == "array":
            columns, place = self.raw("the columns of an array")
            columns = columns.replace(" ", "")
            if not re.fullmatch(r"[lcr|]+", columns):
                raise self.fault("columns of an array are l, c, r and |", place, max(1, len(columns)))
        rows: list[tuple[Node, ...]] = []
        cells: list[Node] = []
        while True:
            while self.tokens[self.at][1] == r"\hline":
                self.at += 1
            cells.append(self.row(frozenset()))
            _, text, place = self.tokens[self.at]
            if text == "&":
                self.at += 1
            elif text == r"\\":
                self.at += 1
                if _ROW_GAP.match(self.latex, place + 2):
                    self.optional()
                rows.append(tuple(cells))
                cells = []
            elif text == r"\end":
                self.at += 1
                ending, at = self.raw(r"\end")
                if ending != name:
                    raise self.fault(
                        f"“\\begin{{{name}}}” is closed by “\\end{{{ending}}}”", at, max(1, len(ending))
                    )
                if cells != [EMPTY]:
                    rows.append(tuple(cells))
                break
            else:
                raise self.fault(f"“\\begin{{{name}}}” is not closed", offset, 6)
        width = max((len(row) for row in rows), default=0)
        if not rows:
            raise self.fault(f"“{name}” without a cell", offset, 6)
        if name == "array" and width > len(columns.replace("|", "")):
            raise self.fault(
                f"a row of {width} cells in an array of {len(columns.replace('|', ''))} columns", offset, 6
            )
        full = tuple(row + (EMPTY,) * (width - len(row)) for row in rows)
        kind = {"split": "aligned", "smallmatrix": "matrix"}.get(name, name)
        return Grid(kind, full, columns)

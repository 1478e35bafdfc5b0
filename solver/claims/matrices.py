"""Derivations in matrices: shapes first (X: N x D), then equations and claims about gradients.

A name met for the first time on the left is defined by its line; dX, ∂L/∂X are what X receives from the last
number that was defined (or from dY, where the last equation Y is no number).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from solver.claims.formulas import Formula, MatrixContext, fitted
from solver.claims.layout import Layout, Part, Role
from solver.claims.script import Reader
from solver.expression.names import GREEK_CHARACTERS
from solver.layer.notation import read_shape
from solver.layer.tree import Equation, Name

MAX_FIXED = 12
_SIZE = r"[A-Za-z0-9_+\- ]+?"
_DECLARED = re.compile(
    r"^\s*(?:let|soit|soient)?\s*(?P<names>[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)"
    r"\s*(?::|∈|\\in\b|\bof\s+shape\b|\bde\s+taille\b)\s*"
    r"(?:ℝ|\\mathbb\s*\{?R\}?|R(?=\s*\^))?\s*\^?\s*[({]?\s*"
    rf"(?P<shape>scalar|scalaire|{_SIZE}\s*(?:\s[xX]\s|×|\\times|,)\s*{_SIZE})\s*[)}}]?"
    r"\s*(?P<given>given|donnée?)?\s*[.;]?\s*$",
    re.I,
)
_ROWS_TO_ONE = re.compile(r"^\s*(?:assume|suppose|on\s+suppose)\s+([^\W\d]\w*)\s+1\s*=\s*1\s*$", re.I)
_HEAD = re.compile(r"\s*([^\W\d]\w*)\s*(?:\(\s*\w+(?:\s*,\s*\w+)*\s*\))?\s*")
_POSITIVE = re.compile(r"^\s*([^\W\d]\w*)\s*(?:>|≥|>=|\\geq?)\s*0\s*$")


def in_matrices(text: str) -> bool:
    """Whether a text declares the shape of a matrix."""
    return any(_DECLARED.match(_plain(row)) for row in text.split("\n"))


def _plain(row: str) -> str:
    """The row without comment and signs of mathematics, Greek letters by name."""
    bare = re.sub(r"\$|\\[\[\]()]", " ", row.split("#")[0])
    return "".join(GREEK_CHARACTERS.get(c, c) for c in bare)


class MatrixReader(Reader):
    """Reads a derivation whose names are matrices."""

    def __init__(self, rows: Sequence[str]) -> None:
        super().__init__(rows)
        self.context = MatrixContext()

    def take(self, row: str) -> None:
        plain = _plain(row)
        if found := _DECLARED.match(plain):
            self._declare(found, Part(plain, 0).stripped())
        elif found := _ROWS_TO_ONE.match(plain):
            name = self.context.names.get(found[1])
            if name is None:
                raise self.fault(f"unknown matrix “{found[1]}”", Part(plain, 0).stripped())
            self.context = replace(self.context, rows_sum_to_one=(*self.context.rows_sum_to_one, name))
        else:
            super().take(row)

    def _declare(self, found: re.Match[str], place: Part) -> None:
        text = re.sub(r"\\times|,|×", " x ", found["shape"]).replace("scalaire", "scalar")
        shape = read_shape(" ".join(text.split()))
        if shape is None:
            raise self.fault("a shape is expected as “N x D” or “scalar”", place)
        if any(not dim.terms and dim.constant > MAX_FIXED for dim in shape):
            raise self.fault(f"a fixed size is at most {MAX_FIXED}; a letter stands for any size", place)
        names = re.split(r"\s*,\s*", found["names"])
        for name in names:
            if name in self.context.names:
                raise self.fault(f"“{name}” is already known", place)
        self.context = replace(self.context, inputs=(*self.context.inputs, *(Name(n, shape) for n in names)))

    def side(self, part: Part) -> Formula:
        return fitted(part.text, self.context.scope)

    def known(self, found: Layout, goes_on: bool) -> MatrixContext:
        self._assume(found)
        return self.context

    def introduces(self, left: Part, right: Part) -> bool:
        head = _HEAD.fullmatch(_plain(left.text))
        if head is None or head[1] in self.context.scope.names:
            return False
        if re.match(r"d[A-Z]", head[1]):
            raise self.fault(f"unknown matrix “{head[1][1:]}”, whose gradient this would be", left)
        return True

    def introduce(self, found: Layout) -> None:
        if found.role is not Role.ASSUMPTION:
            assert found.body is not None
            raise self.fault("a shape, an equation, or a claim is expected among matrices", found.body)
        self._assume(found)

    def _assume(self, found: Layout) -> None:
        for part in found.conditions:
            name = _POSITIVE.match(_plain(part.text))
            if name is None or name[1] not in self.context.names:
                raise self.fault("among matrices, an assumption is “epsilon > 0” or “T 1 = 1”", part)
            self.context = replace(self.context, positive=self.context.positive | {name[1]})

    def define(self, part: Part) -> None:
        left, sign, right = part.text.partition("=")
        head = _HEAD.fullmatch(_plain(left.rstrip(":")))
        if head is None or not sign or "=" in right:
            raise self.fault("an equation “name = formula” is expected", part)
        name = head[1]
        if name in self.context.scope.names:
            raise self.fault(f"“{name}” is already known", part)
        value = self.placed(part.cut(len(left) + 1).stripped())
        assert isinstance(value.written, Formula)
        if value.written.misfit is not None:
            raise self.fault(value.written.misfit, part.cut(len(left) + 1).stripped())
        node = value.written.node
        made = Equation(Name(name, node.shape), node)
        self.context = replace(self.context, equations=(*self.context.equations, made))
        self.defined(name, part, value)

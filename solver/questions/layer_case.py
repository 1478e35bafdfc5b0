"""A layer in numbers: small entries, the gradients by the formulas and by forward mode."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from solver.derivation.equality import Equality, Means
from solver.layer.model import Backward, Layer
from solver.layer.printer import show
from solver.layer.reverse import gradient_name
from solver.layer.shapes import letters
from solver.layer.steps import received
from solver.layer.styles import LATEX
from solver.layer.tree import Entrywise, Matrix, Name, walk
from solver.questions.layer_samples import TRIES, drawn_entries
from solver.rules.pieces import has_kink

DIGITS = 4
BITS = 192
_MOST_MATRICES, _MOST_ENTRIES = 5, 40
_WIDTH = 44


@dataclass(frozen=True)
class Grid:
    """A matrix of numbers as LaTeX; `exact` tells whether every entry is printed as it is."""

    name: str
    latex: str
    exact: bool
    width: int


@dataclass(frozen=True)
class Case:
    """Sizes, what is given, what the forward pass gives, the gradients, each as lines of matrices that fit.

    `entries` of gradients were compared one by one.
    """

    sizes: Mapping[str, int]
    given: tuple[tuple[Grid, ...], ...]
    found: tuple[tuple[Grid, ...], ...]
    entries: int
    checks: tuple[Equality, ...]


def small_case(found: Backward) -> Case | None:
    """The case, or None where it would fill a page or no small entries lie in the domain."""
    layer = found.layer
    sizes = small_sizes(layer)
    names = (*layer.inputs, *received(layer))
    counts = [_count(name, sizes) for name in names]
    if min(counts) < 1 or len(names) > _MOST_MATRICES or sum(counts) > _MOST_ENTRIES:
        return None
    if any(dim.value(sizes) < 1 for shape in layer.shapes.values() for dim in shape):
        return None
    for attempt in range(TRIES):
        if (case := _worked(found, drawn_entries(layer, sizes, attempt), sizes)) is not None:
            return case
    return None


def small_sizes(layer: Layer) -> dict[str, int]:
    """2 and 3 for the letters of the shapes."""
    return {letter: (2, 3, 2, 2)[i % 4] for i, letter in enumerate(letters(layer.shapes.values()))}


def _count(name: Name, sizes: Mapping[str, int]) -> int:
    rows, columns = (dim.value(sizes) for dim in name.of)
    return rows * columns


def _worked(
    found: Backward, drawn: Mapping[str, list[list[Fraction]]], sizes: Mapping[str, int]
) -> Case | None:
    from flint import ctx, fmpq

    from solver.derivation.duals import Undefined
    from solver.layer.forward_mode import meet, worked
    from solver.layer.values import Numbers, evaluate

    layer, before = found.layer, ctx.prec
    bends = _bends(layer)
    ctx.prec = BITS
    with suppress(Undefined, ZeroDivisionError):
        try:
            given = {
                name: [[fmpq(x.numerator, x.denominator) for x in row] for row in grid]
                for name, grid in drawn.items()
            }
            results = found.results
            # formulas may speak of the gradients of names on the way
            sample = worked(layer, [a.node for a in found.adjoints], Numbers(given, sizes))
            gradients, checks, entries = [], [], 0
            for adjoint in results:
                by_formula = evaluate(adjoint.tidy, sample.at)
                by_duals = sample.received[adjoint.node.name]
                pairs = [
                    (a, b)
                    for r, s in zip(by_formula, by_duals, strict=True)
                    for a, b in zip(r, s, strict=True)
                ]
                entries += len(pairs)
                outcomes = [meet(a, b) for a, b in pairs]
                if None in outcomes or (bends and not all(outcomes)):
                    return None  # at a kink the two may take the slope of either side
                grid = _grid(gradient_name(adjoint.node), by_formula)
                gradients.append(grid)
                checks.append(Equality(f"{grid.name}_{{case}}", grid.latex, Means.DUAL, all(outcomes)))
            names = (*layer.inputs, *received(layer))
            values = [_grid(o, sample.at.grids[o.name]) for o in layer.outputs]
            shown = [_grid(name, given[name.name]) for name in names]
            return Case(sizes, _lines(shown), _lines([*values, *gradients]), entries, tuple(checks))
        finally:
            ctx.prec = before
    return None


def _bends(layer: Layer) -> bool:
    """Whether a function of the layer has a kink, which whole entries may hit."""
    nodes = (node for equation in layer.equations for node in walk(equation.expression))
    return any(isinstance(node, Entrywise) and has_kink(node.body) for node in nodes)


def _lines(grids: list[Grid]) -> tuple[tuple[Grid, ...], ...]:
    """As many matrices on a line as fit."""
    lines: list[tuple[Grid, ...]] = []
    for grid in grids:
        if lines and sum(other.width for other in lines[-1]) + grid.width <= _WIDTH:
            lines[-1] += (grid,)
        else:
            lines.append((grid,))
    return tuple(lines)


def _grid(name: Matrix, entries: list[list[Any]]) -> Grid:
    texts = [[_entry(x) for x in row] for row in entries]
    exact = all(hasattr(x, "q") for row in entries for x in row)
    body = r" \\ ".join(" & ".join(row) for row in texts)
    single = len(entries) == len(entries[0]) == 1
    width = 6 + sum(2 + max(_width(row[j]) for row in texts) for j in range(len(texts[0])))
    whole = texts[0][0] if single else rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
    return Grid(show(name, LATEX), whole, exact, width)


def _width(entry: str) -> int:
    """About how many characters wide an entry prints."""
    entry = entry.replace(r" \times 10^{", "·10")
    return (
        max(map(len, entry.removeprefix("-").removeprefix(r"\frac").split("}{")))
        if "frac" in entry
        else len(entry)
    )


def _entry(value: Any) -> str:
    """An exact entry as a fraction, another rounded."""
    from solver.expression.decimals import decimal_of_ball
    from solver.expression.latex import latex

    if hasattr(value, "q"):
        return latex(Fraction(int(value.p), int(value.q)))
    return _rounded(Fraction(decimal_of_ball(value, 30)), zero=bool(value.contains(0)))


def _rounded(value: Fraction, *, zero: bool) -> str:
    """Four decimals; a number that they would hide (and that is not 0) in powers of ten."""
    from solver.expression.decimals import decimal
    from solver.expression.scientific import scientific

    hidden = 2 * abs(value) * 10**DIGITS < 1 and not zero
    return scientific(value, 1) if hidden else decimal(value, DIGITS)

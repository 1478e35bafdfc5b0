"""The formulas of a layer entry by entry, with Σ over indices, compared with the matrices in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from solver.derivation.duals import Undefined, value
from solver.derivation.equality import Equality, Means
from solver.errors import SheetError, UnsupportedExpression
from solver.expression.latex import latex
from solver.layer.entries import COLUMN, ROW, Entries, named
from solver.layer.forward_mode import meet, worked
from solver.layer.model import Backward
from solver.layer.reverse import gradient_name
from solver.layer.steps import received
from solver.layer.tree import Matrix, Name
from solver.layer.values import Numbers, evaluate
from solver.questions.layer_case import BITS, small_sizes
from solver.questions.layer_samples import TRIES, drawn_entries


@dataclass(frozen=True)
class Formula:
    """`left` = `right` as LaTeX."""

    left: str
    right: str


@dataclass(frozen=True)
class Components:
    """The forward pass and the gradients entry by entry."""

    forward: tuple[Formula, ...]
    gradients: tuple[Formula, ...]
    checks: tuple[Equality, ...]


def components(found: Backward) -> Components:
    """Every formula entry by entry. Raises SheetError where one cannot be written so (a convolution)."""
    forward = [(e.target, e.expression) for e in found.layer.equations]
    gradients = [(gradient_name(a.node), a.tidy) for a in (*found.kept, *found.results)]
    try:
        first, second = ([_formula(name, node) for name, node in pairs] for pairs in (forward, gradients))
    except UnsupportedExpression as fault:
        raise SheetError(str(fault)).about("form") from None
    outcomes = _compared(found, [node for _, node in (*forward, *gradients)])
    checks = [
        Equality(formula.left, formula.right, Means.ENTRYWISE, holds)
        for formula, holds in zip((*first, *second), outcomes, strict=True)
    ]
    return Components(tuple(first), tuple(second), tuple(checks))


def _formula(name: Name, node: Matrix) -> Formula:
    return Formula(latex(named(name, ROW, COLUMN)), latex(Entries().entry(node)))


def _compared(found: Backward, nodes: Sequence[Matrix]) -> list[bool | None]:
    """For each formula whether its sums written out give the entries of the matrix; None where no small
    entries lie in the domain."""
    from flint import ctx, fmpq

    layer, sizes, before = found.layer, small_sizes(found.layer), ctx.prec
    ctx.prec = BITS
    try:
        for attempt in range(TRIES):
            drawn = drawn_entries(layer, sizes, attempt)
            given = {n: [[fmpq(x.numerator, x.denominator) for x in r] for r in g] for n, g in drawn.items()}
            with suppress(Undefined, ZeroDivisionError):
                at = worked(layer, [a.node for a in found.adjoints], Numbers(given, sizes)).at
                outcomes = [_agree(node, at, found) for node in nodes]
                if None not in outcomes:
                    return outcomes
    finally:
        ctx.prec = before
    return [None] * len(nodes)


def _agree(node: Matrix, at: Numbers, found: Backward) -> bool | None:
    writer, known = Entries(at.sizes), dict(_known(found, at.grids))
    outcomes = [
        meet(value(writer.entry(node, i, j), known), entry)
        for i, row in enumerate(evaluate(node, at))
        for j, entry in enumerate(row)
    ]
    return None if None in outcomes else all(outcomes)


def _known(found: Backward, grids: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    layer = found.layer
    names = [*layer.inputs, *(e.target for e in layer.equations), *received(layer)]
    names += [gradient_name(a.node) for a in found.adjoints]
    for name in names:
        for i, row in enumerate(grids.get(name.name, ())):
            for j, entry in enumerate(row):
                yield named(name, i, j).name, entry

"""Equalities of matrices, judged entry by entry for small sizes; gradients come from forward mode."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq

from solver.claims.compare import gap_shown, shown
from solver.claims.findings import LinkFinding, Shown
from solver.claims.formulas import Formula, MatrixContext
from solver.claims.script import Link
from solver.claims.verdict import Counterexample, Judgement, Verdict
from solver.derivation.duals import Undefined
from solver.errors import CorrigeError, ExpressionError
from solver.layer.check import small_sizes
from solver.layer.derive import derived
from solver.layer.forward_mode import agree, worked
from solver.layer.model import Layer
from solver.layer.printer import show
from solver.layer.reverse import gradient_name
from solver.layer.shapes import SCALAR, shape_text
from solver.layer.styles import LATEX, TEXT
from solver.layer.tidy import Tidier
from solver.layer.tree import Matrix, Name, Spread, Transpose, names_in, substitute
from solver.layer.values import Grid, Numbers, evaluate

BITS = (192, 4096)
_WHOLE = (1, 2, 3, -1, -2, -3)
_RANGES = ((-2, 2), (0, 1), (1, 4))
_DRAWS = 4
_MOST_SHOWN = 14


@dataclass(frozen=True, slots=True)
class Trial:
    """Numbers at which both sides were worked out."""

    at: Numbers
    left: Grid
    right: Grid

    @property
    def equal(self) -> bool:
        rows = zip(self.left, self.right, strict=True)
        return all(agree(a, b) for row, other in rows for a, b in zip(row, other, strict=True))


def judge_matrices(link: Link, context: MatrixContext) -> LinkFinding:
    """The verdict on an equality. Raises ExpressionError for a gradient of what is not a number."""
    left, right = link.left.written, link.right.written
    assert isinstance(left, Formula)
    assert isinstance(right, Formula)
    if link.relation == "≈":
        return LinkFinding(link, Verdict(Judgement.UNDECIDED), "approximate")
    layer, nodes = _layer(left, right, context)
    if right.misfit or left.misfit:
        return LinkFinding(
            link,
            Verdict(Judgement.DIFFERENT, _of_shapes(left, right)),
            "misfit",
            _misfits(right.misfit or left.misfit or ""),
            _expected(left, layer),
        )
    want, have = left.node.shape, right.node.shape
    if have == SCALAR and want != SCALAR:
        right = Formula(Spread(right.node, want))
    elif have != want:
        remark = "shapes"
        if have == (want[1], want[0]):
            turned = _decide(layer, nodes, left.node, Transpose(right.node), context)
            remark = "transposed" if turned.judgement is Judgement.EQUAL else "shapes"
        values = {"left": shape_text(want), "right": shape_text(have)}
        example = Verdict(Judgement.DIFFERENT, _of_shapes(left, right))
        return LinkFinding(link, example, remark, values, _expected(left, layer))
    verdict = _decide(layer, nodes, left.node, right.node, context)
    if verdict.judgement is Judgement.DIFFERENT:
        return LinkFinding(link, verdict, expected=_expected(left, layer))
    if verdict.judgement is Judgement.UNDECIDED:
        return LinkFinding(link, verdict, "nowhere")
    return LinkFinding(link, verdict)


def _misfits(message: str) -> dict[str, str]:
    """The two shapes that an error names."""
    found = re.findall(r"scalar|[\w+-]+×[\w+-]+", message)
    return dict(zip(("first", "second"), (*found, "", ""), strict=False))


def _of_shapes(left: Formula, right: Formula) -> Counterexample:
    shapes = (None if side.misfit else shape_text(side.node.shape) for side in (left, right))
    return Counterexample({}, *shapes)


# ---- what the gradients are of ----------------------------------------------------------------


def _layer(left: Formula, right: Formula, context: MatrixContext) -> tuple[Layer, list[Name]]:
    """The equations with the output that gradients are of, and the names whose gradients appear."""
    hidden = [side.hidden for side in (left, right) if side.hidden is not None]
    equations = (*context.equations, *dict.fromkeys(hidden))
    names = context.names | {e.target.name: e.target for e in hidden}
    used = names_in(left.node) | names_in(right.node)
    nodes = [name for n, name in context.names.items() if f"d{n}" in used and f"d{n}" not in context.names]
    tops = {side.of for side in (left, right) if side.of is not None}
    if len(tops) > 1:
        raise ExpressionError(f"gradients of {' and '.join(sorted(tops))} in one equality")
    outputs: tuple[Name, ...] = ()
    if tops:
        top = names.get(next(iter(tops)))
        if top is None or top.of != SCALAR:
            raise ExpressionError(
                f"“{next(iter(tops))}” is no number that was defined above",
                hint="The gradient of a number is compared; write dZ for what a matrix Z receives.",
            )
        outputs = (top,)
    elif equations:
        numbers = [e.target for e in equations if e.target.of == SCALAR]
        outputs = (numbers[-1] if numbers else equations[-1].target,)
    elif nodes:
        raise ExpressionError(f"nothing is defined above that “d{nodes[0].name}” is the gradient of")
    layer = Layer("claim", context.inputs, equations, outputs, frozenset(), context.rows_sum_to_one)
    return layer, nodes


def _expected(left: Formula, layer: Layer) -> Shown | None:
    """What the engine finds for a gradient, in the names of the forward pass; confirmed by forward mode."""
    if left.misfit or not isinstance(left.node, Name) or not left.node.name.startswith("d"):
        return None
    name = left.node.name.removeprefix("d")
    try:
        adjoints = derived(layer, Tidier(layer.equations))
        found = next(a for a in adjoints if a.node.name == name)
        kept: dict[str, Matrix] = {}
        for adjoint in adjoints:
            if adjoint.kept:
                kept[gradient_name(adjoint.node).name] = substitute(adjoint.tidy, kept)
        formula = substitute(found.tidy, kept)
        verdict = _decide(layer, [found.node], left.node, Spread(formula, left.node.shape), MatrixContext())
    except (CorrigeError, StopIteration):
        return None
    return Shown(show(formula, TEXT), show(formula, LATEX)) if verdict.judgement is Judgement.EQUAL else None


# ---- numbers ----------------------------------------------------------------------------------


def _decide(layer: Layer, nodes: list[Name], left: Matrix, right: Matrix, context: MatrixContext) -> Verdict:
    entries = 0
    for bits in BITS:
        for trial in _trials(layer, nodes, (left, right), context, bits):
            if not trial.equal:
                return Verdict(Judgement.DIFFERENT, _counterexample(layer, trial))
            entries += sum(map(len, trial.left))
    return Verdict(Judgement.EQUAL if entries else Judgement.UNDECIDED, points=entries)


def _trials(
    layer: Layer, nodes: list[Name], sides: tuple[Matrix, Matrix], context: MatrixContext, bits: int
) -> Iterator[Trial]:
    """Small sizes first; whole numbers, then fractions of several ranges."""
    sizes = sorted(small_sizes(layer), key=lambda s: sum(s.values()))
    before, ctx.prec = ctx.prec, bits
    try:
        for one in sizes if bits == BITS[0] else sizes[-1:]:
            for draw in range(_DRAWS):
                try:
                    at = worked(layer, nodes, _drawn(layer, one, draw, context)).at
                    left, right = (evaluate(side, at) for side in sides)
                except (Undefined, ZeroDivisionError):
                    continue
                yield Trial(at, left, right)
    finally:
        ctx.prec = before


def _drawn(layer: Layer, sizes: dict[str, int], draw: int, context: MatrixContext) -> Numbers:
    source = random.Random(f"{draw} {sorted(sizes.items())}")
    grids: dict[str, Grid] = {}
    received = (gradient_name(o) for o in layer.outputs if o.of != SCALAR)
    for name in (*layer.inputs, *received):
        rows, columns = (dim.value(sizes) for dim in name.of)
        positive = name.name in context.positive
        grid = [[_entry(source, draw, positive) for _ in range(columns)] for _ in range(rows)]
        if name in context.rows_sum_to_one:
            grid = [[*row[:-1], 1 - sum(row[:-1], fmpq(0))] for row in grid]
        grids[name.name] = grid
    return Numbers(grids, sizes)


def _entry(source: random.Random, draw: int, positive: bool) -> fmpq:
    if draw == 0:
        value = Fraction(source.choice(_WHOLE))
    else:
        low, high = _RANGES[(draw - 1) % len(_RANGES)]
        value = low + (high - low) * Fraction(source.randrange(1, 1000), 1001)
    value = abs(value) if positive else value
    return fmpq(value.numerator, value.denominator)


def _counterexample(layer: Layer, trial: Trial) -> Counterexample:
    at = {letter: str(size) for letter, size in trial.at.sizes.items()}
    received = [gradient_name(o) for o in layer.outputs if o.of != SCALAR]
    shown_grids = {n.name: _grid(trial.at.grids[n.name]) for n in (*layer.inputs, *received)}
    count = sum(len(row) for n in (*layer.inputs, *received) for row in trial.at.grids[n.name])
    if count <= _MOST_SHOWN:
        at |= shown_grids
    left, right = _grid(trial.left), _grid(trial.right)
    return Counterexample(at, left, right, _gap(trial) if left == right else None)


def _gap(trial: Trial) -> str | None:
    """The first difference, where the digits that are shown are the same."""
    for row, other in zip(trial.left, trial.right, strict=True):
        for a, b in zip(row, other, strict=True):
            if not agree(a, b):
                return gap_shown(a, b, ctx.prec)
    return None


def _grid(grid: Grid) -> str:
    rows = [
        ", ".join(shown(entry if isinstance(entry, fmpq) else arb(entry)) for entry in row) for row in grid
    ]
    if len(rows) == 1 and len(grid[0]) == 1:
        return rows[0]
    return "[" + ", ".join(f"[{row}]" for row in rows) + "]"

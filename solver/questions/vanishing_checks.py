"""The second roads of `vanishing`: chords of chains and of small activations, the machine's own floats."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solver.analysis.expansion import Undecided
from solver.analysis.model import Study
from solver.analysis.pieces import Piece
from solver.derivation.equality import Equality, Means
from solver.questions.float32 import Underflow, simulated_depth, simulated_power
from solver.questions.vanishing_facts import SmallActivation


def small_checks(s: Study, small: SmallActivation, points: tuple[Fraction, ...]) -> tuple[Equality, ...]:
    """f′ in terms of f on chords of f, at points where the activation is as small as it gets nearby."""
    from flint import arb

    from solver.analysis.balls import precision
    from solver.analysis.review import chord_slope, value_at
    from solver.expression.evaluate import ball
    from solver.expression.latex import latex

    polynomial = small.relation is not None and len(small.relation.coefficients) > 1
    found = small.written if polynomial else small.other
    if found is None or not points:
        return ()
    with precision(400):
        gaps = [abs(chord_slope(s, at) - ball(found, {"a": value_at(s, at)})) for at in points]
        holds = all(bool(gap < arb("1e-12")) for gap in gaps)
    return (Equality(f"{s.subject.latex}'(z)", latex(found), Means.DIFFERENCES, holds),)


def float_checks(found: Underflow) -> tuple[Equality, ...]:
    """The machine's own single precision, against the exact rationals."""
    from solver.expression.latex import latex

    name = latex(found.factor)
    checks = []
    before = simulated_power(found.factor, found.exact_depth - 1)
    at = simulated_power(found.factor, found.exact_depth)
    if before is not None and at is not None:
        checks.append(
            Equality(
                rf"\operatorname{{fl}}(({name})^{{{found.exact_depth}}})",
                "0",
                Means.SIMULATION,
                before > 0 and at == 0,
            )
        )
    if found.running_depth is not None or found.stuck is not None:
        checks.append(
            Equality(
                rf"\operatorname{{fl}}(({name}) \cdots ({name}))",
                "0" if found.running_depth is not None else "> 0",
                Means.SIMULATION,
                simulated_depth(found.factor) == found.running_depth,
            )
        )
    return tuple(checks)


def chain_checks(s: Study, depth: int = 3, weight: Fraction = Fraction(3, 2)) -> tuple[Equality, ...]:
    """Layers of one neuron, a_k = f(w a_{k−1}): the chord of the whole chain is Π w f′(z_k)."""
    from flint import arb

    from solver.analysis.balls import exact_ball, precision

    if s.parts is None or s.slopes is None:
        return ()
    start, step, name = Fraction(3, 10), Fraction(1, 10**30), s.subject.variable.name
    try:
        with precision(400):
            w = exact_ball(weight)
            ends = []
            for begin in (start - step, start + step):
                a = exact_ball(begin)
                for _ in range(depth):
                    a = _on_piece(s.parts, name, w * a)
                ends.append(a)
            chord = (ends[1] - ends[0]) / exact_ball(2 * step)
            a, product = exact_ball(start), arb(1)
            for _ in range(depth):
                z = w * a
                product *= w * _on_piece(s.slopes, name, z)
                a = _on_piece(s.parts, name, z)
            if not product.is_finite() or not chord.is_finite():
                return ()  # the chain leaves the domain
            holds = bool(abs(chord - product) < arb("1e-20") * (1 + abs(product)))
    except Undecided:
        return ()
    right = rf"\prod_{{k=1}}^{{{depth}}} w\, {s.subject.latex}'(z_k)"
    return (
        Equality(rf"\frac{{\partial a_{{{depth}}}}}{{\partial a_{{0}}}}", right, Means.DIFFERENCES, holds),
    )


def _on_piece(pieces: tuple[Piece, ...], name: str, z: Any) -> Any:
    """The value at a narrow ball that lies inside one piece."""
    from solver.analysis.balls import enclose

    for piece in pieces:
        above = piece.low is None or z > _ball(piece.low)
        if above and (piece.high is None or z < _ball(piece.high)):
            return enclose(piece.expression, name, z)
    raise Undecided


def _ball(value: Fraction) -> Any:
    from solver.analysis.balls import exact_ball

    return exact_ball(value)

"""Local derivatives: ∂target/∂operand of one equation, by the engine's rules, in names of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from solver.expression.tree import Expr, Negative, Number, Product, Sum, Symbol, number, rebuild, walk
from solver.graph.model import Edge, Equation


def local_derivatives(equation: Equation, edges: Sequence[Edge]) -> tuple[Expr, ...]:
    """∂target/∂source along each of these edges into `equation`, all worked out in one walk of its terms.

    For a repeated operand of an elementary equation, each edge has the derivative by its own occurrence.
    Where the whole expression comes back (σ(z) in σ(z)(1 − σ(z))), the target's name stands for it.
    """
    terms = equation.expression.terms if isinstance(equation.expression, Sum) else (equation.expression,)
    owner: list[tuple[int, int]] = []  # occurrence → its term, its place in the term
    using: dict[str, list[int]] = {}  # name → the terms that hold it
    for index, term in enumerate(terms):
        names = [node.name for node in walk(term) if isinstance(node, Symbol)]
        owner += [(index, place) for place in range(len(names))]
        for name in dict.fromkeys(names):
            using.setdefault(name, []).append(index)
    found: list[Expr] = []
    for edge in edges:
        if edge.position is None:
            parts = [_term_derivative(terms[index], edge.source, None) for index in using[edge.source.name]]
        else:
            index, place = owner[edge.position]
            parts = [_term_derivative(terms[index], edge.source, place)]
        found.append(_named(parts[0] if len(parts) == 1 else total(parts), equation))
    return tuple(found)


def _term_derivative(term: Expr, source: Symbol, place: int | None) -> Expr:
    """The derivative of one term, by all occurrences of `source` or by the one at `place`.

    Names are made canonical first, so that terms of equal structure are derived once.
    """
    names: dict[str, Symbol] = {}
    back: dict[str, Symbol] = {}
    seen = 0
    variable: Symbol | None = None

    def canonical(node: Expr) -> Expr:
        nonlocal seen, variable
        if not isinstance(node, Symbol):
            return rebuild(node, canonical)
        here, seen = seen, seen + 1
        key = f"{node.name}@{here}" if here == place else node.name
        if key not in names:
            names[key] = Symbol(f"v{len(names):04d}")
            back[names[key].name] = node
        if here == place or (place is None and node.name == source.name):
            variable = names[key]
        return names[key]

    expression = canonical(term)
    assert variable is not None  # the edge says that the term holds the source
    return _restore(_derivative(expression, variable), back)


def _restore(expr: Expr, back: dict[str, Symbol]) -> Expr:
    if isinstance(expr, Symbol):
        return back.get(expr.name, expr)
    return rebuild(expr, lambda child: _restore(child, back))


@lru_cache(maxsize=4096)
def _derivative(expression: Expr, variable: Symbol) -> Expr:
    from solver.derivation.engine import derive

    return derive(expression, variable, check=False).result


def _named(expr: Expr, equation: Equation) -> Expr:
    """`expr` with the target's name wherever the equation's whole expression appears."""
    if expr == equation.expression and not isinstance(expr, (Symbol, Number)):
        return equation.target
    return rebuild(expr, lambda child: _named(child, equation))


# ---- light tidying: ones, zeros and repeats go, nothing is expanded or factored -----------------


def product(factors: Sequence[Expr]) -> Expr:
    """f₁ · f₂ · …: ones dropped, signs gathered in front, numbers multiplied and put first."""
    coefficient, decimal = Fraction(1), False
    rest: list[Expr] = []
    stack = list(reversed(factors))
    while stack:
        factor = stack.pop()
        match factor:
            case Number(value):
                coefficient *= value
                decimal = decimal or factor.decimal
            case Negative(operand):
                coefficient = -coefficient
                stack.append(operand)
            case Product(inner):
                stack.extend(reversed(inner))
            case _:
                rest.append(factor)
    if coefficient == 0 or not rest:
        return Number(coefficient, decimal)
    if abs(coefficient) != 1:
        rest.insert(0, Number(abs(coefficient), decimal))
    body = rest[0] if len(rest) == 1 else Product(tuple(rest))
    return Negative(body) if coefficient < 0 else body


def total(terms: Sequence[Expr]) -> Expr:
    """t₁ + t₂ + …: numbers added up, equal terms counted (a + a is 2a, 2a + a is 3a), the order kept."""
    decimal = False
    counts: dict[Expr, Fraction] = {}
    for term in terms:
        for part in term.terms if isinstance(term, Sum) else (term,):
            sign, body = (-1, part.operand) if isinstance(part, Negative) else (1, part)
            if isinstance(body, Number):
                count, rest = body.value, _UNIT
                decimal = decimal or body.decimal
            else:
                count, rest = _counted(body)
            counts[rest] = counts.get(rest, Fraction(0)) + sign * count
    kept: list[Expr] = []
    for rest, count in counts.items():
        if rest == _UNIT and count:
            size = Number(abs(count), decimal)
            kept.append(size if count > 0 else Negative(size))
        elif count:
            kept.append(product([number(count), rest]))
    if not kept:
        return number(0)
    return kept[0] if len(kept) == 1 else Sum(tuple(kept))


_UNIT: Expr = number(1)


def _counted(body: Expr) -> tuple[Fraction, Expr]:
    """The number in front of a product, and the rest; a decimal number stays in its term."""
    match body:
        case Product((Number(value, decimal=False), *rest)) if rest:
            return value, rest[0] if len(rest) == 1 else Product(tuple(rest))
        case _:
            return Fraction(1), body

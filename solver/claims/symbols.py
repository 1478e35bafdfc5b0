"""Derivatives that are written as one symbol: ∂L/∂w, u′."""

from __future__ import annotations

import re
from collections.abc import Sequence

from solver.expression.atoms import primes
from solver.expression.tree import Symbol

PRIME = "'"


def quotient_symbol(top: str, variables: Sequence[str]) -> Symbol:
    """∂L/∂w as one symbol, named “∂L/∂w”."""
    from solver.expression.atoms import symbol_latex

    def printed(name: str) -> str:
        return rf"\partial {symbol_latex(Symbol(name))}"

    order = rf"\partial^{{{len(variables)}}}" if len(variables) > 1 else r"\partial"
    counted = [(v, list(variables).count(v)) for v in dict.fromkeys(variables)]
    below = " ".join(printed(v) + (f"^{{{n}}}" if n > 1 else "") for v, n in counted)
    written = rf"\frac{{{order} {symbol_latex(Symbol(top))}}}{{{below}}}"
    return Symbol(f"∂{top}/" + "".join("∂" + v for v in variables), latex=written)


def quotient_of(symbol: Symbol) -> tuple[str, tuple[str, ...]] | None:
    """“∂L/∂w” → ("L", ("w",)); None for any other symbol."""
    found = re.fullmatch(r"∂([^/∂]+)/((?:∂[^/∂]+)+)", symbol.name)
    return (found[1], tuple(found[2].split("∂")[1:])) if found else None


def primed_of(symbol: Symbol) -> tuple[str, int] | None:
    """“u''” → ("u", 2); None for any other symbol."""
    found = re.fullmatch(r"([^']+)('+)", symbol.name)
    return (found[1], len(found[2])) if found else None


def primed_symbol(name: str, order: int) -> Symbol:
    """u′ as one symbol, named “u'”."""
    return Symbol(name + PRIME * order, latex=name + primes(order) if len(name) == 1 else None)

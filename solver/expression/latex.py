r"""The one LaTeX printer: canonical notation with the decimal point, in the order of the tree.

`latex` takes a written tree, a SymPy expression, a `Fraction` or an integer. Nothing is reordered or merged:
2 \cdot 3 stays a product. Parentheses are those that the reading needs, tall ones only around tall contents.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from solver.expression.atoms import number_latex, primes, symbol_latex
from solver.expression.functions import FUNCTIONS
from solver.expression.names import GREEK_MACROS
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Constant,
    Derivative,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    symbols,
)

_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4
_TALL = re.compile(r"\\frac|\\begin|\\left|\\sum|\\prod")
_RELATIONS = {"<": "<", ">": ">", "<=": r"\leq", ">=": r"\geq", "=": "=", "!=": r"\neq"}
_NEGATIONS = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "=": "!=", "!=": "="}


def latex(value: Any) -> str:
    """The canonical LaTeX of an expression, a fraction, an integer, or a SymPy expression."""
    if isinstance(value, bool):
        raise TypeError("a truth value has no LaTeX")
    if isinstance(value, (int, Fraction)):
        return number_latex(Fraction(value))
    if isinstance(value, Expr):
        return _print(value)[0]
    from solver.expression.bridge import from_sympy

    return _print(from_sympy(value))[0]


def condition_latex(condition: Condition) -> str:
    """`x < 0`; |x − 3| < 3 is written 0 < x < 6."""
    between = _interval(condition)
    if between is not None:
        return between
    left, right = _print(condition.left)[0], _print(condition.right)[0]
    return f"{left} {_RELATIONS[condition.relation]} {right}"


def _interval(condition: Condition) -> str | None:
    """a < x < b for |x − c| < r, with numbers a and b; None for any other condition, and where c is 0."""
    match condition:
        case Condition(Apply("abs", (Sum((Symbol() as x, shift)),)), "<" | "<=" as relation, Number(radius)):
            centre = shift.operand if isinstance(shift, Negative) else shift
            if isinstance(centre, Number):
                middle = centre.value if isinstance(shift, Negative) else -centre.value
                low, high = number_latex(middle - radius), number_latex(middle + radius)
                sign = _RELATIONS[relation]
                return f"{low} {sign} {symbol_latex(x)} {sign} {high}"
    return None


def parenthesised(text: str) -> str:
    """`text` in parentheses, tall ones only where it is tall."""
    return rf"\left({text}\right)" if _TALL.search(text) else f"({text})"


def _print(expr: Expr) -> tuple[str, int]:
    """The LaTeX and how tightly it holds together.

    Lines of a derivation share most of their parts, so what was printed is kept for a while, by identity:
    equal trees may be printed differently (0.25, 1/4).
    """
    known = _PRINTED.get(id(expr))
    if known is not None and known[0] is expr:
        return known[1]
    found = _PRINTERS[type(expr)](expr)
    if len(_PRINTED) > _MOST_PRINTED:
        _PRINTED.clear()
    _PRINTED[id(expr)] = (expr, found)
    return found


_PRINTED: dict[int, tuple[Expr, tuple[str, int]]] = {}
_MOST_PRINTED = 4_000


def _at(expr: Expr, level: int) -> str:
    text, own = _print(expr)
    return text if own >= level else parenthesised(text)


def _number(expr: Number) -> tuple[str, int]:
    text = number_latex(expr.value, expr.decimal)
    if expr.value < 0:
        return text, _SUM
    return text, _PRODUCT if text.startswith("\\") else _ATOM


def _symbol(expr: Symbol) -> tuple[str, int]:
    text = symbol_latex(expr)
    return text, _PRODUCT if "^" in text or "'" in text or text.startswith(r"\frac") else _ATOM


def _constant(expr: Constant) -> tuple[str, int]:
    return (r"\pi" if expr.name == "pi" else expr.name), _ATOM


def _sum(expr: Sum) -> tuple[str, int]:
    parts: list[str] = []
    for i, term in enumerate(expr.terms):
        text = _print(term)[0]
        if isinstance(term, (Sum, Cases)):
            text = parenthesised(text)
        if i == 0:
            parts.append(text)
        elif text.startswith("-"):
            parts.append(f" - {text[1:]}")
        else:
            parts.append(f" + {text}")
    if not parts:
        return "0", _ATOM
    return "".join(parts), _SUM if len(parts) > 1 else _PRODUCT


def _negative(expr: Negative) -> tuple[str, int]:
    inner, level = _print(expr.operand)
    if level < _PRODUCT or inner.startswith("-"):
        inner = parenthesised(inner)
    return f"-{inner}", _SUM


def _product(expr: Product) -> tuple[str, int]:
    if not expr.factors:
        return "1", _ATOM
    written = ""
    for i, factor in enumerate(expr.factors):
        text, level = _print(factor)
        leading = i == 0 and text.startswith("-") and not isinstance(factor, Sum)
        if level < _PRODUCT and not leading:
            text = parenthesised(text)
        written = text if i == 0 else written + _between(written, expr.factors[i - 1], text, factor) + text
    return written, _SUM if written.startswith("-") else _PRODUCT


def _between(left_text: str, left: Expr, right_text: str, right: Expr) -> str:
    """The sign of a product: none, a space, or a dot where letters or digits would run together."""
    bracket = right_text.startswith(("(", r"\left("))
    if (
        isinstance(left, Derivative)
        or left_text in ("1", "-1")
        or (left == right and isinstance(left, Symbol))
    ):
        return r" \cdot "
    if right_text[0].isdigit() or right_text.startswith((r"\frac", "-")) or isinstance(right, Derivative):
        return r" \cdot "
    if bracket and isinstance(right, (Number, Negative)):
        return r" \cdot "
    last = left.operand if isinstance(left, Negative) else left
    last = last.base if isinstance(last, Power) else last
    if isinstance(last, Symbol):
        word = r"\mathrm" in left_text[-40:] or (isinstance(left, Symbol) and _is_word(left))
        if word or (bracket and last.name in ("f", "g", "h", "sigma")):
            return r" \cdot "
    if isinstance(right, Symbol) and _is_word(right):
        return r" \cdot "
    if isinstance(left, Symbol) and left.latex and left.latex.startswith(r"\frac{\partial"):
        return r" \, " if not bracket else ""
    if bracket or left_text[-1].isdigit():
        return ""
    return " "


def _is_word(symbol: Symbol) -> bool:
    return symbol.latex is None and symbol_latex(symbol).startswith(r"\mathrm")


def _quotient(expr: Quotient) -> tuple[str, int]:
    return rf"\frac{{{_print(expr.numerator)[0]}}}{{{_print(expr.denominator)[0]}}}", _PRODUCT


def _power(expr: Power) -> tuple[str, int]:
    exponent = _print(expr.exponent)[0]
    base = expr.base
    if isinstance(base, Apply):
        return _power_of_call(base, expr.exponent, exponent), _POWER
    text, level = _print(base)
    if level < _ATOM:
        text = parenthesised(text)
    return f"{text}^{{{exponent}}}", _POWER


def _power_of_call(base: Apply, exponent: Expr, text: str) -> str:
    whole, _ = _print(base)
    macro = _macro(base.function)
    positive = isinstance(exponent, Number) and exponent.value.denominator == 1 and exponent.value > 1
    if base.function in ("exp", "sqrt", "cbrt", "root"):
        return f"{parenthesised(whole)}^{{{text}}}"
    if (
        positive
        and base.function not in ("abs", "log", "sigmoid")
        and len(base.arguments) == 1
        and "'" not in base.function
    ):
        return f"{macro}^{{{text}}}{whole[len(macro) :]}"
    return f"{whole}^{{{text}}}"


def _macro(name: str) -> str:
    if name in FUNCTIONS:
        return FUNCTIONS[name].macro
    plain = name.rstrip("'")
    return (
        symbol_latex(Symbol(plain))
        if len(plain) == 1 or plain[1:2] == "_" or plain in GREEK_MACROS
        else rf"\operatorname{{{plain}}}"
    ) + primes(len(name) - len(plain))


def _apply(expr: Apply) -> tuple[str, int]:
    arguments = [_print(a)[0] for a in expr.arguments]
    first = arguments[0] if arguments else ""
    match expr.function:
        case "exp":
            return f"e^{{{first}}}", _POWER
        case "sqrt":
            return rf"\sqrt{{{first}}}", _ATOM
        case "cbrt":
            return rf"\sqrt[3]{{{first}}}", _ATOM
        case "root":
            return rf"\sqrt[{arguments[1]}]{{{first}}}", _ATOM
        case "abs":
            return rf"\left|{first}\right|", _ATOM
        case "log":
            return rf"\log_{{{arguments[1]}}}{parenthesised(first)}", _ATOM
    return _macro(expr.function) + parenthesised(", ".join(arguments)), _ATOM


def _cases(expr: Cases) -> tuple[str, int]:
    rows: list[str] = []
    before: list[Condition] = []
    for value, condition in expr.branches:
        if condition is None:
            others = [Condition(c.left, _NEGATIONS[c.relation], c.right) for c in _remaining(before)]
            where = r",\; ".join(condition_latex(c) for c in others)
        else:
            where = _after(before, condition)
            before.append(condition)
        rows.append(f"{_print(value)[0]} & {where}")
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", _SUM


def _after(before: list[Condition], condition: Condition) -> str:
    """The condition where those before it fail: x < 1 after x < −1 is written −1 ≤ x < 1."""
    passed = [c for c in _remaining(before) if _covers(condition, c)]
    if not passed:
        return condition_latex(condition)
    bound, rising = passed[0], condition.relation[0] == "<"
    lower, upper = (bound, condition) if rising else (condition, bound)
    first, middle, last = (_print(part)[0] for part in (lower.right, condition.left, upper.right))
    signs = [r"\leq" if closed else "<" for closed in ("=" not in bound.relation, "=" in condition.relation)]
    left, right = signs if rising else signs[::-1]
    return f"{first} {left} {middle} {right} {last}"


def _remaining(conditions: list[Condition]) -> list[Condition]:
    """The conditions whose negations say “otherwise”: of x < −3, x < 3 only the last, of x < 0, x > 0
    both."""
    kept: list[Condition] = []
    for new in conditions:
        kept = [c for c in kept if not _covers(new, c)]
        kept += [] if any(_covers(c, new) for c in kept) else [new]
    return kept


def _covers(wide: Condition, narrow: Condition) -> bool:
    """Whether both bound the same thing on one side, and the first from farther away."""
    direction = wide.relation[0]
    same = (wide.left, direction) == (narrow.left, narrow.relation[0]) and direction in "<>"
    low, high = (narrow, wide) if direction == "<" else (wide, narrow)
    return same and _smaller(low.right, high.right)


def _smaller(left: Expr, right: Expr) -> bool:
    from solver.expression.evaluate import exact_value

    a, b = exact_value(left), exact_value(right)
    return a is not None and b is not None and a < b


def _derivative(expr: Derivative) -> tuple[str, int]:
    variable = symbol_latex(expr.variable)
    several = any(s.name != expr.variable.name for s in symbols(expr.operand))
    d = r"\partial" if several else "d"
    space = " " if several else (" " if variable.startswith("\\") else "")
    inner, _ = _print(expr.operand)
    if isinstance(expr.operand, Symbol) and expr.operand != expr.variable:
        gap = " " if several or inner.startswith("\\") else ""
        return rf"\frac{{{d}{gap}{inner}}}{{{d}{space}{variable}}}", _PRODUCT
    if isinstance(expr.operand, Derivative):
        return rf"\frac{{{d}}}{{{d}{space}{variable}}}{parenthesised(inner)}", _PRODUCT
    return rf"\frac{{{d}}}{{{d}{space}{variable}}}{parenthesised(inner)}", _PRODUCT


_PRINTERS: dict[type, Callable[[Any], tuple[str, int]]] = {
    Number: _number,
    Symbol: _symbol,
    Constant: _constant,
    Sum: _sum,
    Negative: _negative,
    Product: _product,
    Quotient: _quotient,
    Power: _power,
    Apply: _apply,
    Cases: _cases,
    Derivative: _derivative,
}

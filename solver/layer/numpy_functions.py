"""Functions of entries as NumPy. NumPy has no erf: its Fourier series is written out, right to 16 digits."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from solver.expression import tree as scalar
from solver.expression.evaluate import exact_value
from solver.expression.functions import FUNCTIONS

SUM, MATRIX, PRODUCT, POWER, ATOM = 1, 2, 3, 4, 5
"""How tightly a text holds together."""

_CALLS = {
    "exp": "np.exp({0})", "ln": "np.log({0})", "sqrt": "np.sqrt({0})", "cbrt": "np.cbrt({0})",
    "sin": "np.sin({0})", "cos": "np.cos({0})", "tan": "np.tan({0})", "asin": "np.arcsin({0})",
    "acos": "np.arccos({0})", "atan": "np.arctan({0})", "sinh": "np.sinh({0})", "cosh": "np.cosh({0})",
    "tanh": "np.tanh({0})", "asinh": "np.arcsinh({0})", "acosh": "np.arccosh({0})",
    "atanh": "np.arctanh({0})", "abs": "np.abs({0})", "sign": "np.sign({0})",
    "sigmoid": "np.exp(-np.logaddexp(0, -{0}))", "softplus": "np.logaddexp(0, {0})",
    "relu": "np.maximum(0, {0})", "hard_tanh": "np.clip({0}, -1, 1)", "relu6": "np.clip({0}, 0, 6)",
    "hard_sigmoid": "np.clip({0} / 6 + 1 / 2, 0, 1)",
    "erf": "(np.clip({0}, -6.5, 6.5) / (2 * np.pi) + np.sin(np.clip({0}, -6.5, 6.5)[..., None]"
           " * np.arange(1, 28) / 2) @ (2 / np.pi * np.exp(-(np.arange(1, 28) / 4)**2) / np.arange(1, 28)))",
}  # fmt: skip
"""erf(x) = (2/π)(h x + Σ e^(−k²h²) sin(2khx)/k) with h = 1/4, the trapezoidal rule: the error is below
10⁻¹⁶ up to |x| = 6.5, where erf is 1 to that precision."""

_PRODUCTS = {
    "silu": "{0} * np.exp(-np.logaddexp(0, -{0}))", "mish": "{0} * np.tanh(np.logaddexp(0, {0}))",
    "tanhshrink": "{0} - np.tanh({0})", "log_sigmoid": "-np.logaddexp(0, -{0})",
}  # fmt: skip


def number_text(value: Fraction) -> str:
    """An exact decimal where it ends, else a quotient."""
    if value.denominator == 1:
        return str(value)
    plain = repr(float(value))
    if Fraction(plain) == value or value.denominator > 10**9:
        return plain
    return f"{value.numerator} / {value.denominator}"


def body_text(body: scalar.Expr, operands: Mapping[str, str]) -> tuple[str, int]:
    """A function's body with the operands put in (texts that hold together), and how tightly it holds."""
    match body:
        case scalar.Number(value):
            return number_text(value), SUM if value < 0 else ATOM if "/" not in number_text(
                value
            ) else PRODUCT
        case scalar.Constant(name):
            return ("np.pi" if name == "pi" else "np.e"), ATOM
        case scalar.Symbol(name):
            return operands[name], ATOM
        case scalar.Negative(operand):
            return f"-{_at(operand, operands, PRODUCT)}", SUM
        case scalar.Sum(terms):
            written = ""
            for term in terms:
                text = body_text(term, operands)[0]
                written += text if not written else f" - {text[1:]}" if text.startswith("-") else f" + {text}"
            return written, SUM
        case scalar.Product(factors):
            first, *rest = [f for f in factors if f != scalar.ONE] or [scalar.ONE]
            if not rest:
                return body_text(first, operands)
            texts = [_at(first, operands, PRODUCT), *(_at(f, operands, POWER) for f in rest)]
            return " * ".join(texts), PRODUCT
        case scalar.Quotient(top, bottom):
            return f"{_at(top, operands, PRODUCT)} / {_at(bottom, operands, POWER)}", PRODUCT
        case scalar.Power(scalar.Constant("e"), exponent):
            return f"np.exp({body_text(exponent, operands)[0]})", ATOM
        case scalar.Power(base, exponent):
            return _power(base, exponent, operands)
        case scalar.Cases():
            return _cases(body, operands), ATOM
        case scalar.Apply(function, arguments):
            return _call(function, arguments, operands)
    raise TypeError(f"no NumPy for {type(body).__name__}")


def _at(body: scalar.Expr, operands: Mapping[str, str], level: int) -> str:
    text, own = body_text(body, operands)
    return text if own >= level else f"({text})"


def _power(base: scalar.Expr, exponent: scalar.Expr, operands: Mapping[str, str]) -> tuple[str, int]:
    value = exact_value(exponent) if not scalar.symbols(exponent) else None
    if value == Fraction(1, 2):
        return f"np.sqrt({body_text(base, operands)[0]})", ATOM
    shown = number_text(value) if value is not None else body_text(exponent, operands)[0]
    bare = value is not None and value.denominator == 1 and value >= 0
    return f"{_at(base, operands, ATOM)}**{shown if bare else f'({shown})'}", POWER


def _call(function: str, arguments: tuple[scalar.Expr, ...], operands: Mapping[str, str]) -> tuple[str, int]:
    if function in ("max", "min"):
        name = "np.maximum" if function == "max" else "np.minimum"
        text = body_text(arguments[0], operands)[0]
        for argument in arguments[1:]:
            text = f"{name}({text}, {body_text(argument, operands)[0]})"
        return text, ATOM
    default = not arguments[1:]
    if default and function in _CALLS:
        template, inner = _CALLS[function], _at(arguments[0], operands, ATOM)
        if (
            template.count("({0}") + template.count(" {0})") == template.count("{0}")
            and "-{0}" not in template
        ):
            inner = _bare(inner)
        return template.format(inner), ATOM
    if default and function in _PRODUCTS:
        level = SUM if function in ("tanhshrink", "log_sigmoid") else PRODUCT
        return _PRODUCTS[function].format(_at(arguments[0], operands, ATOM)), level
    defined = FUNCTIONS[function].defined_at(arguments)
    if defined is None:
        raise TypeError(f"no NumPy for {function}")
    return body_text(defined, operands)


def _bare(text: str) -> str:
    """The text without parentheses that hold all of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]


# ---- definitions by pieces ----------------------------------------------------------------------


def _cases(body: scalar.Cases, operands: Mapping[str, str]) -> str:
    """Nested `np.where`, the last piece first: at a kink that no piece holds the first piece is taken."""
    branches = list(body.branches)
    closing = branches.pop() if branches[-1][1] is None else None
    if closing is not None:
        text = _bare(body_text(_guarded(closing[0], _opposite(branches[-1][1])), operands)[0])
        ordered = list(reversed(branches))
    else:
        first = branches.pop(0)
        text = _bare(body_text(_guarded(first[0], first[1]), operands)[0])
        ordered = branches
    for place, (value, condition) in enumerate(ordered):
        assert condition is not None
        weak = closing is None and place < len(ordered) - 1
        asked = _weakened(condition) if weak else condition
        shown = _bare(body_text(_guarded(value, condition), operands)[0])
        if shown != text:
            text = f"np.where({_condition(asked, operands)}, {shown}, {text})"
    return text


def _condition(condition: scalar.Condition, operands: Mapping[str, str]) -> str:
    sign = "==" if condition.relation == "=" else condition.relation
    return f"{_at(condition.left, operands, SUM)} {sign} {_at(condition.right, operands, SUM)}"


def _weakened(condition: scalar.Condition) -> scalar.Condition:
    relation = {"<": "<=", ">": ">="}.get(condition.relation, condition.relation)
    return scalar.Condition(condition.left, relation, condition.right)


def _opposite(condition: scalar.Condition | None) -> scalar.Condition | None:
    if condition is None or condition.relation not in ("<", "<=", ">", ">="):
        return None
    relation = ">" if condition.relation.startswith("<") else "<"
    return scalar.Condition(condition.left, relation, condition.right)


def _guarded(value: scalar.Expr, condition: scalar.Condition | None) -> scalar.Expr:
    """x kept on its side inside an exponential, since `np.where` computes both pieces everywhere."""
    if condition is None or not isinstance(condition.left, scalar.Symbol):
        return value
    if not any(_is_exponential(node) for node in scalar.walk(value)):
        return value
    kept = scalar.Apply(
        "min" if condition.relation.startswith("<") else "max", (condition.left, condition.right)
    )
    return _inside(value, condition.left.name, kept)


def _is_exponential(node: scalar.Expr) -> bool:
    return (isinstance(node, scalar.Apply) and node.function == "exp") or (
        isinstance(node, scalar.Power) and isinstance(node.base, scalar.Constant)
    )


def _inside(value: scalar.Expr, name: str, kept: scalar.Expr) -> scalar.Expr:
    if _is_exponential(value):
        return scalar.substitute(value, {name: kept})
    return scalar.rebuild(value, lambda child: _inside(child, name, kept))

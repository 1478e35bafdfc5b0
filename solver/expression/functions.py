"""The table of functions: one row says all that is known of one, so a row adds an activation.

A definition is written with a few primitives (exp, ln, sin, cos, atan, erf, roots, cases), in the notation
that the reader reads; the second road evaluates nothing but these. A derivative is written in the form that
a lecturer uses (1 − tanh², σ(1 − σ)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from solver.expression.fact import FunctionFact

_SELU = {"l": "1.0507009873554804934193349852946", "a": "1.6732632423543772848170429916717"}

_ROWS: tuple[FunctionFact, ...] = (
    # ---- primitives and roots
    FunctionFact("exp", r"\exp", None, "exp(x)", sympy="exp", inverse="ln"),
    FunctionFact("ln", r"\ln", None, "1/x", ("x > 0",), sympy="log", inverse="exp"),
    FunctionFact(
        "log", r"\log", "ln(x)/ln(b)", "1/(x ln(b))", ("x > 0",), parameters=("x", "b"),
    ),
    FunctionFact("sqrt", r"\sqrt", "x^(1/2)", "1/(2 sqrt(x))", ("x >= 0",), ("0",), sympy="sqrt"),
    FunctionFact("cbrt", r"\sqrt[3]", None, "1/(3 cbrt(x)^2)", kinks=("0",)),
    FunctionFact("root", r"\sqrt", None, None, parameters=("x", "n"), kinks=("0",)),
    # ---- circular functions
    FunctionFact("sin", r"\sin", None, "cos(x)", sympy="sin", inverse="asin"),
    FunctionFact("cos", r"\cos", None, "-sin(x)", sympy="cos", inverse="acos"),
    FunctionFact(
        "tan", r"\tan", "sin(x)/cos(x)", "1 + tan(x)^2", ("cos(x) != 0",), sympy="tan", inverse="atan",
        aliases=("tg",),
    ),
    FunctionFact(
        "cot", r"\cot", "cos(x)/sin(x)", "-(1 + cot(x)^2)", ("sin(x) != 0",), sympy="cot", inverse="acot",
        aliases=("cotan", "ctg"),
    ),
    FunctionFact(
        "sec", r"\sec", "1/cos(x)", "sec(x) tan(x)", ("cos(x) != 0",), sympy="sec", inverse="asec"
    ),
    FunctionFact(
        "csc", r"\csc", "1/sin(x)", "-csc(x) cot(x)", ("sin(x) != 0",), sympy="csc", inverse="acsc",
        aliases=("cosec",),
    ),
    FunctionFact(
        "asin", r"\arcsin", "atan(x/sqrt(1 - x^2))", "1/sqrt(1 - x^2)", ("|x| <= 1",), ("-1", "1"),
        sympy="asin", aliases=("arcsin",),
    ),
    FunctionFact(
        "acos", r"\arccos", "pi/2 - atan(x/sqrt(1 - x^2))", "-1/sqrt(1 - x^2)", ("|x| <= 1",), ("-1", "1"),
        sympy="acos", aliases=("arccos",),
    ),
    FunctionFact(
        "atan", r"\arctan", None, "1/(1 + x^2)", sympy="atan", inverse="tan", aliases=("arctan", "arctg")
    ),
    FunctionFact(
        "acot", r"\operatorname{arccot}", "atan(1/x)", "-1/(1 + x^2)", ("x != 0",), ("0",), sympy="acot",
        aliases=("arccot",),
    ),
    FunctionFact(
        "asec", r"\operatorname{arcsec}", "pi/2 - atan(1/(x sqrt(1 - 1/x^2)))", "1/(|x| sqrt(x^2 - 1))",
        ("|x| >= 1",), ("-1", "1"), sympy="asec", inverse="sec", aliases=("arcsec",),
    ),
    FunctionFact(
        "acsc", r"\operatorname{arccsc}", "atan(1/(x sqrt(1 - 1/x^2)))", "-1/(|x| sqrt(x^2 - 1))",
        ("|x| >= 1",), ("-1", "1"), sympy="acsc", inverse="csc", aliases=("arccsc", "arccosec"),
    ),
    # ---- hyperbolic functions
    FunctionFact(
        "sinh", r"\sinh", "(e^x - e^(-x))/2", "cosh(x)", sympy="sinh", inverse="asinh", aliases=("sh",)
    ),
    FunctionFact(
        "cosh", r"\cosh", "(e^x + e^(-x))/2", "sinh(x)", sympy="cosh", inverse="acosh", aliases=("ch",)
    ),
    FunctionFact(
        "tanh", r"\tanh", "(e^x - e^(-x))/(e^x + e^(-x))", "1 - tanh(x)^2", sympy="tanh", inverse="atanh",
        aliases=("th",), activation=True,
    ),
    FunctionFact(
        "coth", r"\coth", "(e^x + e^(-x))/(e^x - e^(-x))", "1 - coth(x)^2", ("x != 0",), sympy="coth",
        inverse="acoth",
    ),
    FunctionFact(
        "sech", r"\operatorname{sech}", "2/(e^x + e^(-x))", "-sech(x) tanh(x)", sympy="sech",
        inverse="asech",
    ),
    FunctionFact(
        "csch", r"\operatorname{csch}", "2/(e^x - e^(-x))", "-csch(x) coth(x)", ("x != 0",), sympy="csch",
        inverse="acsch",
    ),
    FunctionFact(
        "asinh", r"\operatorname{arsinh}", "ln(x + sqrt(x^2 + 1))", "1/sqrt(x^2 + 1)", sympy="asinh",
        inverse="sinh", aliases=("arcsinh", "arsinh", "argsinh", "argsh"),
    ),
    FunctionFact(
        "acosh", r"\operatorname{arcosh}", "ln(x + sqrt(x^2 - 1))", "1/sqrt(x^2 - 1)", ("x >= 1",), ("1",),
        sympy="acosh", aliases=("arccosh", "arcosh", "argcosh", "argch"),
    ),
    FunctionFact(
        "atanh", r"\operatorname{artanh}", "1/2 * ln((1 + x)/(1 - x))", "1/(1 - x^2)", ("|x| < 1",),
        sympy="atanh",
        inverse="tanh", aliases=("arctanh", "artanh", "argtanh", "argth"),
    ),
    FunctionFact(
        "acoth", r"\operatorname{arcoth}", "1/2 * ln((x + 1)/(x - 1))", "1/(1 - x^2)", ("|x| > 1",),
        sympy="acoth", inverse="coth", aliases=("arccoth", "arcoth", "argcoth"),
    ),
    FunctionFact(
        "asech", r"\operatorname{arsech}", "ln((1 + sqrt(1 - x^2))/x)", "-1/(x sqrt(1 - x^2))",
        ("x > 0", "x <= 1"), ("1",), sympy="asech", inverse="sech", aliases=("arcsech", "arsech", "argsech"),
    ),
    FunctionFact(
        "acsch", r"\operatorname{arcsch}", "ln(1/x + sqrt(1 + 1/x^2))", "-1/(|x| sqrt(1 + x^2))", ("x != 0",),
        sympy="acsch", inverse="csch", aliases=("arccsch", "arcsch", "argcsch"),
    ),
    # ---- kinks
    FunctionFact(
        "abs", r"\operatorname{abs}", "Piecewise((-x, x < 0), (x, True))",
        "Piecewise((-1, x < 0), (1, x > 0))",
        kinks=("0",), taken=("0",), sympy="Abs",
    ),
    FunctionFact(
        "sign", r"\operatorname{sgn}", "Piecewise((-1, x < 0), (1, x > 0), (0, True))",
        "Piecewise((0, x != 0))", kinks=("0",), taken=("0",), sympy="sign", aliases=("sgn",),
    ),
    FunctionFact(
        "max", r"\max", "Piecewise((a, a >= b), (b, True))", parameters=("a", "b"), sympy="Max", variadic=True
    ),
    FunctionFact(
        "min", r"\min", "Piecewise((a, a <= b), (b, True))", parameters=("a", "b"), sympy="Min", variadic=True
    ),
    # ---- probability, gamma and its kin
    FunctionFact("erf", r"\operatorname{erf}", None, "2/sqrt(pi) * e^(-x^2)", sympy="erf"),
    FunctionFact(
        "erfc", r"\operatorname{erfc}", "1 - erf(x)", "-2/sqrt(pi) * e^(-x^2)", sympy="erfc"
    ),
    FunctionFact("gamma", r"\Gamma", None, "gamma(x) digamma(x)", sympy="gamma"),
    FunctionFact(
        "digamma", r"\operatorname{digamma}", "polygamma(0, x)", "polygamma(1, x)"
    ),
    FunctionFact(
        "trigamma", r"\operatorname{trigamma}", "polygamma(1, x)", "polygamma(2, x)"
    ),
    FunctionFact(
        "polygamma", r"\operatorname{polygamma}", parameters=("n", "x"), place=1, sympy="polygamma"
    ),
    FunctionFact(
        "logit", r"\operatorname{logit}", "ln(x/(1 - x))", "1/(x (1 - x))", ("x > 0", "x < 1"),
        inverse="sigmoid",
    ),
    # ---- activations
    FunctionFact(
        "sigmoid", r"\sigma", "1/(1 + e^(-x))", "sigmoid(x) (1 - sigmoid(x))", inverse="logit",
        aliases=("logistic", "expit"), activation=True,
    ),
    FunctionFact(
        "relu", r"\operatorname{ReLU}", "max(0, x)", "Piecewise((0, x < 0), (1, x > 0))", kinks=("0",),
        taken=("0",), activation=True,
    ),
    FunctionFact(
        "leaky_relu", r"\operatorname{LeakyReLU}", "Piecewise((s x, x < 0), (x, True))",
        "Piecewise((s, x < 0), (1, x > 0))", kinks=("0",), taken=("s",), parameters=("x", "s"),
        defaults={"s": "0.01"},
        aliases=("leakyrelu", "lrelu"), activation=True,
    ),
    FunctionFact(
        "elu", r"\operatorname{ELU}", "Piecewise((a (e^x - 1), x < 0), (x, True))",
        "Piecewise((a e^x, x < 0), (1, x > 0))", kinks=("0",), taken=("a",), parameters=("x", "a"),
        defaults={"a": "1"},
        activation=True,
    ),
    FunctionFact(
        "celu", r"\operatorname{CELU}", "Piecewise((a (e^(x/a) - 1), x < 0), (x, True))",
        "Piecewise((e^(x/a), x < 0), (1, x >= 0))", parameters=("x", "a"), defaults={"a": "1"},
        activation=True,
    ),
    FunctionFact(
        "selu", r"\operatorname{SELU}", "Piecewise((l a (e^x - 1), x < 0), (l x, True))",
        "Piecewise((l a e^x, x < 0), (l, x > 0))", kinks=("0",), taken=("l a",),
        parameters=("x", "l", "a"), defaults=_SELU, activation=True,
    ),
    FunctionFact(
        "softplus", r"\operatorname{softplus}", "ln(1 + e^x)", "sigmoid(x)", activation=True
    ),
    FunctionFact(
        "softsign", r"\operatorname{softsign}", "x/(1 + |x|)", "1/(1 + |x|)^2", activation=True
    ),
    FunctionFact(
        "gelu", r"\operatorname{GELU}", "1/2 * x (1 + erf(x/sqrt(2)))",
        "1/2 * (1 + erf(x/sqrt(2))) + x e^(-x^2/2)/sqrt(2 pi)", activation=True,
    ),
    FunctionFact(
        "gelu_tanh", r"\operatorname{GELUtanh}",
        "1/2 * x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))",
        "1/2 * (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))"
        " + 1/2 * sqrt(2/pi) * x (1 + 0.134145 x^2) (1 - tanh(sqrt(2/pi) (x + 0.044715 x^3))^2)",
        aliases=("gelutanh",), activation=True,
    ),
    FunctionFact(
        "silu", r"\operatorname{SiLU}", "x/(1 + e^(-x))", "sigmoid(x) (1 + x (1 - sigmoid(x)))",
        aliases=("swish",), activation=True,
    ),
    FunctionFact(
        "mish", r"\operatorname{Mish}", "x tanh(ln(1 + e^x))",
        "tanh(softplus(x)) + x sigmoid(x) (1 - tanh(softplus(x))^2)", activation=True,
    ),
    FunctionFact(
        "hard_sigmoid", r"\operatorname{HardSigmoid}",
        "Piecewise((0, x < -3), (x/6 + 1/2, x < 3), (1, True))",
        "Piecewise((0, |x| > 3), (1/6, |x| < 3))", kinks=("-3", "3"), taken=("0", "0"),
        aliases=("hardsigmoid",),
        activation=True,
    ),
    FunctionFact(
        "hard_tanh", r"\operatorname{HardTanh}", "Piecewise((-1, x < -1), (x, x < 1), (1, True))",
        "Piecewise((0, |x| > 1), (1, |x| < 1))", kinks=("-1", "1"), taken=("0", "0"),
        aliases=("hardtanh",),
        activation=True,
    ),
    FunctionFact(
        "hard_swish", r"\operatorname{HardSwish}",
        "Piecewise((0, x < -3), (x (x + 3)/6, x < 3), (x, True))",
        "Piecewise((0, x < -3), (1, x > 3), ((2x + 3)/6, |x| < 3))", kinks=("-3", "3"),
        taken=("0", "1"), aliases=("hardswish", "hard_silu"), activation=True,
    ),
    FunctionFact(
        "relu6", r"\operatorname{ReLU6}", "Piecewise((0, x < 0), (x, x < 6), (6, True))",
        "Piecewise((0, x < 0), (0, x > 6), (1, |x - 3| < 3))", kinks=("0", "6"), taken=("0", "0"),
        activation=True,
    ),
    FunctionFact(
        "log_sigmoid", r"\operatorname{LogSigmoid}", "-ln(1 + e^(-x))", "1 - sigmoid(x)",
        aliases=("logsigmoid",), activation=True,
    ),
    FunctionFact(
        "tanhshrink", r"\operatorname{Tanhshrink}", "x - tanh(x)", "tanh(x)^2", activation=True
    ),
    FunctionFact("identity", r"\operatorname{id}", "x", "1", aliases=("id",), activation=True),
)  # fmt: skip


def _table(rows: Sequence[FunctionFact]) -> Mapping[str, FunctionFact]:
    table: dict[str, FunctionFact] = {}
    for row in rows:
        if row.name in table:
            raise ValueError(f"two rows for {row.name}")
        table[row.name] = row
    return MappingProxyType(table)


FUNCTIONS: Mapping[str, FunctionFact] = _table(_ROWS)
"""Every function by its name."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: row.name for row in _ROWS for alias in row.aliases} | {"pow": "pow"}
)
"""Other names that are read; what is printed is the row's own."""

ACTIVATIONS: tuple[str, ...] = tuple(row.name for row in _ROWS if row.activation)
"""Names of the rows that are activations."""


def function_named(word: str) -> str | None:
    """The table's name of a word as typed (`arctan`, `ReLU`, `Abs`), or None."""
    if word in FUNCTIONS:
        return word
    lower = word.lower()
    found = ALIASES.get(word) or ALIASES.get(lower) or (lower if lower in FUNCTIONS else None)
    return found if word in ALIASES or len(word) > 2 else None

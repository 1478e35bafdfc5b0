r"""Matrix formulas as people write them: ‖X Wᵀ + b − T‖², ∂L/∂W, ∇_w, \frac{1}{N} Xᵀ (X w − y).

The text is brought to the notation of layers (`solver.layer.parse`), where side by side is the matrix product
and dX is the gradient of X.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from solver.claims.typed import Typed, typed
from solver.errors import CorrigeError, ExpressionError, Span
from solver.expression.names import GREEK_CHARACTERS
from solver.layer.lettering import name_latex
from solver.layer.parse import Scope, parse
from solver.layer.printer import show
from solver.layer.shapes import SCALAR, letters
from solver.layer.styles import LATEX
from solver.layer.tree import Equation, Matrix, Name, Number

_NAME = r"(?:\\?[A-Za-z]\w*|\\[a-z]+(?:_\w+)?)"
_D = r"(?:\\partial\s*|∂\s*|d)"
_QUOTIENT = re.compile(
    rf"(?<![A-Za-z0-9_\\]){_D}({_NAME})\s*/\s*{_D}({_NAME})(?![\w(])"
    rf"|\\[dt]?frac\s*\{{\s*{_D}({_NAME})\s*\}}\s*\{{\s*{_D}({_NAME})\s*\}}"
    rf"|(?:∇|\\nabla)\s*_\s*\{{?\s*({_NAME})\s*\}}?\s*({_NAME})?\s*$"
)
_OPERATOR = re.compile(
    rf"\s*(?:{_D}\s*/\s*{_D}({_NAME})|\\[dt]?frac\s*\{{\s*{_D}\s*\}}\s*\{{\s*{_D}({_NAME})\s*\}}"
    rf"|(?:∇|\\nabla)\s*_\s*\{{?\s*({_NAME})\s*\}}?)(?=[\s(\[‖|\\])"
)
_NORM = re.compile(r"‖(.+?)‖|\|\|(.+?)\|\||\\\|(.+?)\\\||\\lVert(.+?)\\rVert")
_NORM_END = re.compile(r"(?:_\{?[F2]\}?)?\s*(\^\s*\{?2\}?|²)?(?:_\{?[F2]\}?)?")
_COEFFICIENT = re.compile(r"(?<![\w.)\]^/])(\d+(?:\.\d+)?\s*/\s*(?:\d+|[A-Za-z]\w*))(?=\s*[A-Za-z(\[‖|\\])")
_REPLACED = (
    (re.compile(r"\\(?:left|right|,|;|:|!|quad|displaystyle)(?![a-zA-Z])"), " "),
    (re.compile(r"\\(?:mathbf|boldsymbol|mathrm|bm|operatorname|text)\s*\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\.T(?![A-Za-z0-9_])|\^\s*\{?\s*(?:\\top|\\intercal|T|⊤)\s*\}?(?![A-Za-z])|⊤|ᵀ"), "^T"),
    (re.compile(r"∘|\\circ(?![a-zA-Z])|\\odot(?![a-zA-Z])"), "*"),
    (re.compile(r"\\(?:cdot|times)(?![a-zA-Z])"), "*"),
    (re.compile(r"½"), "(1/2)"),
    (re.compile(r"²"), "^2"),
    (re.compile(r"³"), "^3"),
    (re.compile(r"𝟏|\\mathbb\{1\}|\\mathds\{1\}"), "1"),
    (re.compile(r"\\([a-zA-Z]+)"), r"\1"),
    (re.compile(r"\{"), "("),
    (re.compile(r"\}"), ")"),
)
HIDDEN = Name("_L", SCALAR)
"""The number that d/dw stands before."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A side: its `node`, or `misfit`, why its shapes do not fit.

    `of` is the name whose gradients dX are (None: the output's); `hidden` is the equation of the number that
    d/dw stands before.
    """

    node: Matrix
    of: str | None = None
    hidden: Equation | None = None
    misfit: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class MatrixContext:
    """What is known at a line: inputs, equations, constants, matrices whose rows sum to 1, names of positive
    entries."""

    inputs: tuple[Name, ...] = ()
    equations: tuple[Equation, ...] = ()
    given: frozenset[str] = frozenset()
    rows_sum_to_one: tuple[Name, ...] = ()
    positive: frozenset[str] = frozenset()

    @property
    def names(self) -> dict[str, Name]:
        return {n.name: n for n in (*self.inputs, *(e.target for e in self.equations))}

    @property
    def scope(self) -> Scope:
        """The names that a formula may use, gradients too."""
        names = self.names
        gradients = {"d" + n: Name("d" + n, name.of) for n, name in names.items()}
        sizes = frozenset(letters(name.of for name in self.inputs)) - set(names)
        return Scope({**gradients, **names}, sizes)


def read_formula(text: str, scope: Scope) -> Formula:
    """One side. Raises ExpressionError, its place in `text` as typed."""
    written = typed(text)
    _greek(written, scope)
    operator = _OPERATOR.match(written.chars)
    if operator is not None and not _QUOTIENT.match(written.chars):
        name = next(g for g in operator.groups() if g).lstrip("\\")
        written.swap(0, operator.end(), "")
        node = _parsed(written, text, scope)
        if node.shape != SCALAR:
            raise ExpressionError(
                "the derivative of a number is compared, and this is a matrix", span=Span(1, 1, len(text))
            )
        return Formula(_gradient(name, scope, text), HIDDEN.name, Equation(HIDDEN, node))
    tops = set(_quotients(written))
    if len(tops) > 1:
        raise ExpressionError(
            f"gradients of {' and '.join(sorted(tops))} on one side", span=Span(1, 1, len(text)),
            hint="Write dZ for what Z receives.",
        )  # fmt: skip
    return Formula(_parsed(written, text, scope), next(iter(tops), None))


def fitted(text: str, scope: Scope) -> Formula:
    """One side; shapes that do not fit are told in it, not raised."""
    try:
        return read_formula(text, scope)
    except CorrigeError as fault:
        if not fault.message.startswith("shapes do not fit"):
            raise
        return Formula(Number(Fraction(0)), misfit=fault.message, text=text)


def formula_latex(formula: Formula) -> str:
    """A side as LaTeX; ∂/∂w stands before its number, a misfit as it was typed."""
    if formula.misfit is not None:
        bare = re.sub(r"[\\{}$^_]", " ", formula.text)
        return rf"\text{{{bare}}}"
    if formula.hidden is not None and isinstance(formula.node, Name):
        variable = name_latex(formula.node.name.removeprefix("d"))
        inside = show(formula.hidden.expression, LATEX)
        return rf"\frac{{\partial}}{{\partial {variable}}} \left({inside}\right)"
    return show(formula.node, LATEX)


def _gradient(name: str, scope: Scope, text: str) -> Name:
    if name not in scope.names:
        raise ExpressionError(f"unknown matrix “{name}”", span=Span(1, 1, len(text)))
    return Name("d" + name, scope.names[name].of)


def _greek(text: Typed, scope: Scope) -> None:
    for i in range(len(text.chars) - 1, -1, -1):
        if (name := GREEK_CHARACTERS.get(text.chars[i])) is not None:
            text.swap(i, i + 1, name)
    if "sigma" not in scope.names:
        _each(text, re.compile(r"\\?sigma(?=\s*(?:\\left\s*)?\()"), "sigmoid")


def _quotients(text: Typed) -> list[str]:
    """∂L/∂W → dW; the names above."""
    tops: list[str] = []
    for found in reversed(list(_QUOTIENT.finditer(text.chars))):
        first, below, third, fourth, fifth, sixth = (g and g.lstrip("\\") for g in found.groups())
        top = first or third or sixth
        if top:
            tops.append(top)
        text.swap(found.start(), found.end(), f"d{below or fourth or fifth}")
    return tops


def _parsed(text: Typed, original: str, scope: Scope) -> Matrix:
    _norms(text)
    _fractions(text)
    for pattern, new in _REPLACED:
        _each(text, pattern, new)
    _each(text, _COEFFICIENT, r"(\1)")
    _runs(text, scope)
    try:
        return parse(text.chars, 0, scope)
    except CorrigeError as fault:
        span = (
            text.span(fault.span.column - 1, fault.span.length) if fault.span else Span(1, 1, len(original))
        )
        raise type(fault)(fault.message, span=span, source=original, hint=fault.hint) from None


def _each(text: Typed, pattern: re.Pattern[str], new: str) -> None:
    for found in reversed(list(pattern.finditer(text.chars))):
        text.swap(found.start(), found.end(), found.expand(new))


def _runs(text: Typed, scope: Scope) -> None:
    """Xw → X w, where X and w are matrices and Xw is none."""
    for found in reversed(list(re.finditer(r"(?<![A-Za-z0-9_])[A-Za-z]{2,4}(?![A-Za-z0-9_(])", text.chars))):
        if found[0] not in scope.names and all(letter in scope.names for letter in found[0]):
            text.swap(found.start(), found.end(), " ".join(found[0]))


def _norms(text: Typed) -> None:
    """‖A‖² → sum((A)^2)."""
    while found := _NORM.search(text.chars):
        inside = next(i for i in range(1, 5) if found[i] is not None)
        end = _NORM_END.match(text.chars, found.end())
        assert end is not None
        closing = ")^2)" if end[1] else ")^2)^(1/2)"
        text.swap(found.end(inside), end.end(), closing)
        before = "*" if re.search(r"[\w)\]}]\s*$", text.chars[: found.start()]) else ""
        text.swap(found.start(), found.start(inside), f"{before}sum((")


def _fractions(text: Typed) -> None:
    r"""\frac{a}{b} → ((a)/(b)); \frac12 → ((1)/(2))."""
    short = re.compile(r"\\[dt]?frac\s*(\d)\s*(\d)")
    _each(text, short, r"((\1)/(\2))")
    while found := re.search(r"\\[dt]?frac\s*\{", text.chars):
        middle = text.partner(found.end() - 1)
        below = re.compile(r"\s*\{").match(text.chars, middle + 1)
        if below is None:
            raise ExpressionError(
                r"\frac is followed by two groups in braces", span=text.span(found.start(), 5)
            )
        last = text.partner(below.end() - 1)
        text.swap(last, last + 1, "))")
        text.swap(middle, below.end(), ")/(")
        text.swap(found.start(), found.end(), "((")

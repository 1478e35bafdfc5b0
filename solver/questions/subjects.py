"""Options of the kinds on activations: which functions, what is asked, what the sheet claims."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated

from solver.analysis.model import Study, Subject
from solver.analysis.variation import Bound
from solver.errors import SheetError, Span, nearest
from solver.expression.tree import Apply, Number, Symbol, symbols
from solver.questions.base import Reading, Scope
from solver.questions.options import each, read_exact, read_function, some_of

ASKED = ("image", "derivative", "limits", "saturation")


def read_subject(text: str, scope: Scope) -> Subject:
    """The name of an activation (`sigmoid`, `leaky_relu(0.1)`), a given function, or an expression."""
    from solver.expression.functions import FUNCTIONS, function_named
    from solver.expression.latex import latex

    given = scope.givens.get(text)
    if given is None:
        called = re.fullmatch(r"\s*([A-Za-z_][A-Za-z_0-9]*)\s*(?:\((.*)\))?\s*", text)
        word = function_named(called[1]) if called else None
        if called and word is not None and not _mentions_variable(called[2] or ""):
            fact = FUNCTIONS[word]
            extra: tuple[Fraction, ...] = ()
            if called[2]:
                inside = " " * called.start(2) + called[2]  # columns stay those of the text
                extra = each(inside, lambda item: read_exact(item, scope), scope.decimal_comma)
            if len(extra) > len(fact.parameters) - 1:
                raise SheetError(
                    f"“{word}” has {len(fact.parameters) - 1} parameter(s), {len(extra)} given",
                    span=Span(1, 1, len(text)),
                )
            if len(extra) < len(fact.parameters) - 1 - len(fact.defaults):
                raise SheetError(
                    f"“{word}” needs a value for “{fact.parameters[-1]}”", span=Span(1, 1, len(text))
                )
            variable = Symbol("x")
            arguments = (variable, *(Number(v, decimal=True) for v in extra))
            shown = fact.macro
            if extra:
                values = ", ".join(latex(Number(v, decimal=True)) for v in extra)
                shown = rf"{fact.macro}_{{{values}}}"
            return Subject(word, shown, variable, Apply(word, arguments))
        if called and called[2] is None and len(called[1]) > 2:
            hint = nearest(called[1], [*FUNCTIONS, *(g.name for g in scope.givens.values() if g.parameters)])
            raise SheetError(
                f"there is no function named “{called[1]}”", span=Span(1, 1, len(text)), hint=hint
            )
    function = read_function(text, scope)
    variable = function.variable
    if not symbols(function.expression):
        raise SheetError("a function of one variable is needed here, this is a constant")
    found = function.expression
    if isinstance(found, Apply) and found.arguments == (variable,):
        macro = FUNCTIONS[found.function].macro
        if latex(found) == f"{macro}({latex(variable)})":  # sin(x) is the sine
            return Subject(found.function, macro, variable, found)
    if text in scope.givens:
        return Subject(function.name, function.name, variable, found)
    letter = next((name for name in "fghuv" if name not in scope.givens), "f")
    return Subject(letter, letter, variable, found, written=True)


def _mentions_variable(arguments: str) -> bool:
    """Whether `name(…)` holds a variable (an expression), and not only values of parameters."""
    return bool(re.search(r"[A-Za-z]", re.sub(r"\d[eE][-+]?\d", "", arguments)))


def read_subjects(text: str, scope: Scope) -> tuple[Subject, ...]:
    """A list of functions; expressions without a name are called f, or f₁, f₂… where there are several."""
    found = each(text, lambda item: read_subject(item, scope))
    unnamed = [s for s in dict.fromkeys(found) if s.written]
    if len(unnamed) > 1:
        letter = unnamed[0].key
        names = {s: k for k, s in enumerate(unnamed, start=1)}
        return tuple(
            replace(s, key=f"{letter}{names[s]}", latex=f"{letter}_{names[s]}") if s in names else s
            for s in found
        )
    return found


@dataclass(frozen=True)
class Claimed:
    """An interval that the sheet gives as a range; None is an infinite end."""

    low: Fraction | None
    low_closed: bool
    high: Fraction | None
    high_closed: bool

    @property
    def latex(self) -> str:
        """The interval as the sheet writes it."""
        from solver.expression.latex import latex

        first = r"-\infty" if self.low is None else latex(self.low)
        last = r"+\infty" if self.high is None else latex(self.high)
        opening, closing = "[" if self.low_closed else "]", "]" if self.high_closed else "["
        return rf"\left{opening}{first}, {last}\right{closing}"


def read_intervals(text: str, scope: Scope) -> tuple[Claimed, ...]:
    """Intervals `[0, 1], ]-1, 1[, [0, +oo[`, one a function."""
    found = []
    rest = text.strip()
    pattern = re.compile(r"([\[\]])\s*([^,\[\]]+?)\s*[,;]\s*([^,\[\]]+?)\s*([\[\]])\s*(?:,\s*|$)")
    while rest:
        match = pattern.match(rest)
        if match is None:
            raise SheetError(
                f"an interval such as [0, 1] or [0, +oo[ is expected, found “{rest}”",
                span=Span(1, text.index(rest) + 1, len(rest)),
            )
        low, high = (_end(match[k], scope) for k in (2, 3))
        found.append(Claimed(low, match[1] == "[", high, match[4] == "]"))
        rest = rest[match.end() :]
    return tuple(found)


def _end(text: str, scope: Scope) -> Fraction | None:
    if re.fullmatch(r"[+-]?\s*(oo|∞|inf|infinity|\\infty)", text):
        return None
    return read_exact(text, scope)


@dataclass(frozen=True)
class BoundVerdict:
    """One end of a claimed interval against the image: same (value and kind agree), too_closed (claimed
    taken, only approached), too_open (taken, claimed not), wider, narrower, or unknown."""

    verdict: str
    side: str
    bound: Bound | None


@dataclass(frozen=True)
class ClaimVerdict:
    """A claimed range, end by end."""

    claimed: Claimed
    low: BoundVerdict
    high: BoundVerdict

    @property
    def exact(self) -> bool:
        """Whether the claim is the image itself."""
        return self.low.verdict == self.high.verdict == "same"

    @property
    def ends(self) -> tuple[BoundVerdict, BoundVerdict]:
        """Both ends."""
        return self.low, self.high


def compare_claim(claimed: Claimed, study: Study) -> ClaimVerdict:
    """What is true in a claimed range."""
    low = high = None
    if study.image is not None:
        low, high = study.image.low, study.image.high
    return ClaimVerdict(
        claimed,
        BoundVerdict(_judge(claimed.low, claimed.low_closed, low, -1), "low", low),
        BoundVerdict(_judge(claimed.high, claimed.high_closed, high, 1), "high", high),
    )


def _judge(value: Fraction | None, closed: bool, bound: Bound | None, side: int) -> str:
    from solver.analysis.values import MINUS, PLUS, rational_value

    if bound is None:
        return "unknown"
    said = rational_value(value) if value is not None else PLUS if side > 0 else MINUS
    order = said.compare(bound.value) * side
    if order:
        return "wider" if order > 0 else "narrower"
    if value is None or closed == bound.attained:
        return "same"
    return "too_closed" if closed else "too_open"


SubjectOption = Annotated[Subject, Reading(read_subject, "a function")]
SubjectsOption = Annotated[tuple[Subject, ...], Reading(read_subjects, "functions")]
AskedOption = Annotated[tuple[str, ...], some_of(ASKED)]
IntervalsOption = Annotated[tuple[Claimed, ...], Reading(read_intervals, "intervals")]

"""What text, Markdown and LaTeX say alike: rules named, u told, domains, points without a derivative."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.derivation.step import Step
from solver.derivation.wording import rule_wording
from solver.derivation.wording import words as rule_words
from solver.differentiation.answer import Answer, Result, Value, count
from solver.differentiation.conditions import Poles, Requirement
from solver.differentiation.edges import Edge, Slope
from solver.differentiation.kinks import Crease, Kink
from solver.expression.decimals import significant
from solver.expression.settle import written
from solver.expression.tree import Condition, Expr, Number, Symbol, symbols
from solver.resources import language_words
from solver.rules.algebra import as_decimals, has_decimal

Words = Mapping[str, str]

_NAMES_U = frozenset(
    {"chain", "power_chain", "exponential_chain", "exponential_base", "reciprocal_power_chain", "root"}
    | {"log_of_absolute_value", "undefined_function", "polygamma"}
)


def sentences(lang: str) -> Mapping[str, str]:
    """The words of a language."""
    return language_words(lang, "derive")


@dataclass(frozen=True, slots=True)
class Marks:
    """How a format writes an expression, a condition, mathematics inside a sentence, ℝ and ±∞."""

    expression: Callable[[Expr], str]
    condition: Callable[[Condition], str]
    math: Callable[[str], str]
    reals: str
    infinities: Mapping[int, str]


def inner_function(step: Step) -> Expr | None:
    """The u that a step of a chain names; None where there is nothing to name."""
    u = step.why.get("u")
    if step.rule not in _NAMES_U or not isinstance(u, Expr) or isinstance(u, Symbol):
        return None
    return u


def rule_name(step: Step, lang: str) -> str:
    """The name of the rule."""
    return rule_wording(step.rule, lang).name


def remarks(answer: Answer, words: Words, marks: Marks, *, domain: bool = True) -> Iterator[str]:
    """Sentences below a derivation: the domain, where the formula holds, kinks, the value at the point."""
    if domain and answer.dependent is None:
        yield domain_sentence(answer, words, marks)
    if answer.curve is not None and answer.dependent is not None:
        names = {"gap": answer.expression, "unknown": answer.dependent}
        shown = {name: marks.math(marks.expression(e)) for name, e in names.items()}
        yield words[f"curve_{answer.curve}"].format(**shown)
    elif answer.restrictions and not answer.kinks:
        yield words["restricted"].format(conditions=_listed(answer.holds_for, words, marks))
    for edge in answer.edges:
        yield _edge(edge, answer, words, marks)
    for kink in answer.kinks:
        yield _kink(kink, answer, words, marks)
    if answer.value is not None:
        yield value_sentence(answer.value, words, marks)


def domain_sentence(
    answer: Answer, words: Words, marks: Marks, variables: Sequence[Symbol] | None = None
) -> str:
    """Where the function has a value, and whether it has a derivative there; how xⁿ is read.

    `variables` are those by which it has one, by default that of the answer alone.
    """
    told = ""
    if answer.unknown_functions:
        order = words["of_order"].format(order=answer.order) if answer.order > 1 else ""
        names = words["and"].join(marks.math(marks.expression(Symbol(n))) for n in answer.unknown_functions)
        told = words["undefined"].format(names=names, order=order)
        if not answer.domain:
            return told
    several = len(symbols(answer.expression)) > 1
    ending = ("_by" if several else "") if answer.everywhere and not told else None
    values = {
        "conditions": _listed(answer.domain, words, marks) if answer.domain else "",
        "reals": marks.math(marks.reals),
        "variables": _names(variables or (answer.variable,), words, marks),
    }
    where = "domain" if answer.domain else "everywhere"
    if ending is None:
        key = f"{where}_several" if several and not answer.domain else where
    else:
        key = f"{where}_derivable{ending}"
    found = words[key].format(**values)
    return " ".join(filter(None, [found, told, *_letter_powers(answer, words, marks)]))


def _names(variables: Sequence[Symbol], words: Words, marks: Marks) -> str:
    return _and([marks.math(marks.expression(v)) for v in variables], words)


def _and(shown: Sequence[str], words: Words) -> str:
    return ", ".join(shown[:-1]) + (words["and"] if len(shown) > 1 else "") + shown[-1]


def _letter_powers(answer: Answer, words: Words, marks: Marks) -> Iterator[str]:
    for power in answer.letter_powers:
        shown = (power, power.base, power.exponent)
        names = zip(("power", "base", "exponent"), shown, strict=True)
        yield words["letter_power"].format(**{name: marks.math(marks.expression(e)) for name, e in names})


def _edge(edge: Edge, answer: Answer, words: Words, marks: Marks) -> str:
    """What becomes of the derivative at a point that the rules leave out."""
    at = marks.math(marks.condition(Condition(answer.variable, "=", written(edge.at))))
    values = {
        name: marks.math(_limit(side, marks))
        for name, side in (("left", edge.left), ("right", edge.right))
        if side
    }
    if edge.inside:
        return words[f"hole_{edge.kind}"].format(at=at, **values)
    side = words["on_left" if edge.left else "on_right"]
    return words[f"end_{edge.kind}"].format(at=at, side=side, value=next(iter(values.values()), ""))


def _limit(slope: Slope, marks: Marks) -> str:
    if slope.value is not None:
        return marks.expression(slope.value)
    return marks.infinities[slope.infinite]


def _listed(conditions: tuple[Requirement, ...], words: Words, marks: Marks) -> str:
    shown = [
        words["poles"].format(argument=marks.math(marks.expression(c.argument)))
        if isinstance(c, Poles)
        else marks.math(marks.condition(c))
        for c in conditions
    ]
    return _and(shown, words)


def _kink(kink: Kink | Crease, answer: Answer, words: Words, marks: Marks) -> str:
    if isinstance(kink, Crease):
        return words["crease"].format(condition=marks.math(marks.condition(kink.condition)))
    at = marks.math(marks.condition(Condition(answer.variable, "=", Number(kink.at))))
    chosen = (
        ""
        if kink.taken is None
        else words["taken"].format(value=marks.math(_slope(kink.taken, answer, marks)))
    )
    if kink.jump:
        return words["jump"].format(at=at, taken=chosen)
    order = words["of_order"].format(order=answer.order) if answer.order > 1 else ""
    left, right = (
        None if s is None else marks.math(_slope(s, answer, marks)) for s in (kink.left, kink.right)
    )
    if left is not None and right is not None:
        return words["corner"].format(order=order, at=at, left=left, right=right, taken=chosen)
    which = "left_only" if left is not None else "right_only" if right is not None else "no_slope"
    slopes = words[which].format(left=left, right=right)
    return words["one_sided"].format(order=order, at=at, slopes=slopes, taken=chosen)


def value_sentence(value: Value, words: Words, marks: Marks) -> str:
    """The value at the point, or why there is none."""
    point = ", ".join(
        marks.math(marks.condition(Condition(Symbol(n), "=", e))) for n, e in value.point.items()
    )
    if value.exact is not None:
        shown = marks.expression(value.exact)
        if value.decimal is not None:
            shown += f" ≈ {short(value.decimal)}"
        return words["value"].format(point=point, value=marks.math(shown))
    if value.reason == "undefined":
        return words["value_undefined"].format(point=point)
    sides = ""
    if value.slopes is not None and None not in value.slopes:
        left, right = (marks.math(short(s or "")) for s in value.slopes)
        sides = words["value_sides"].format(left=left, right=right)
    chosen = "" if value.taken is None else words["taken"].format(value=marks.math(short(value.taken)))
    return words["value_no_derivative"].format(point=point, sides=sides, taken=chosen)


def _slope(text: str, answer: Answer, marks: Marks) -> str:
    """A slope as the function writes its numbers: 0.1 beside 0.1 x, 1/10 beside x/10."""
    if not re.fullmatch(r"-?\d+(/\d+)?", text):
        return short(text)
    return marks.expression(as_decimals(written(Fraction(text)), has_decimal(answer.expression)))


def short(number: str) -> str:
    """A number of a sentence: what is long in the JSON to ten significant digits."""
    if len(number) < 13 or not ("." in number or "/" in number):
        return number
    return significant(Fraction(number), 10)


def summary(result: Result, lang: str, words: Words) -> str:
    """How many equalities were checked, and how."""
    checks = result.checks
    if checks and all(check.holds is None for check in checks):
        return words["nowhere"]
    number = count(checks)
    one = "_one" if number == 1 else ""
    key = f"verified{one}" if result.verified else "not_verified"
    return rule_words(lang)[key].format(count=number)

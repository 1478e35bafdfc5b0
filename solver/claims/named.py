"""The rule that an author names: is it one that applies there, and is its formula true?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from solver.claims.meaning import Context, question
from solver.claims.notation import read_side
from solver.claims.question import Question
from solver.claims.symbols import quotient_of
from solver.claims.verdict import Counterexample, Judgement, decide
from solver.derivation.engine import derive
from solver.derivation.table import CALCULUS
from solver.errors import CorrigeError
from solver.expression.tree import Apply, Derivative, Expr, Product, Symbol, children, walk
from solver.resources import language_table, languages

_FORMULA = re.compile(r"[(\\d∂\[][^:]*=.*$|\S+\s*=.*$")
ALGEBRA = frozenset({"merge", "expand", "factor", "one_bar", "collect", "repeated_factors"})


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """`verdict` is right, wrong or unknown; `why` a key of the wording (`not_applied`, `no_derivative`,
    `formula`, `derivative_taken`, `unknown`, `unjudged`); `applied` is the engine's rule there, `formula` the
    values that refute the rule's formula."""

    verdict: str
    why: str | None = None
    applied: str | None = None
    formula: Counterexample | None = None


UNKNOWN = RuleFinding("unknown", "unknown")
UNJUDGED = RuleFinding("unknown", "unjudged")


def judge_rule(text: str, asked: Question, written: tuple[Expr, Expr]) -> RuleFinding:
    """What is to be said of the rule `text` named beside an equality of two `written` sides."""
    name, formula = _parts(text)
    stated = _judge_formula(formula) if formula is not None else UNKNOWN
    keys = rules_named(name)
    if stated.verdict == "wrong" or keys is None:
        return stated
    if "chain" in keys and any(_multiplies_quotients(side) for side in written):
        return RuleFinding("right")
    left, right = (list(_pending(side, asked)) for side in (asked.left, asked.right))
    pending = left + right
    if keys <= ALGEBRA:
        taken = bool(left) != bool(right)
        return RuleFinding("wrong", "derivative_taken") if taken else RuleFinding("right")
    if not pending:
        return UNJUDGED if asked.derives else RuleFinding("wrong", "no_derivative")
    used: list[str] = []
    for node in pending:
        if any(_applies(rule, node) for rule in keys):
            return RuleFinding("right")
        used += _used(node)
    if keys & set(used):
        return RuleFinding("right")
    return RuleFinding("wrong", "not_applied", used[0]) if used else UNJUDGED


def _parts(text: str) -> tuple[str, str | None]:
    """The name and the formula, if one is written."""
    if "=" not in text:
        return text.strip(" ():"), None
    name, sign, formula = text.partition(":")
    if sign:
        return name.strip(), formula.strip()
    found = _FORMULA.search(text)
    assert found is not None
    return text[: found.start()].strip(" :"), found[0].strip()


def _judge_formula(formula: str) -> RuleFinding:
    left, _, right = formula.partition("=")
    if not re.search(r"['’′]|d\s*/\s*d|\\frac\{d", formula):
        return UNJUDGED  # “since x = 2” is no formula of a rule
    try:
        sides = [read_side(side.strip(), letters="uvw") for side in (left, right)]
        asked = question(sides[0], sides[1], Context(), formula=True)
    except CorrigeError:
        return UNJUDGED
    verdict = decide(asked)
    if verdict.judgement is Judgement.DIFFERENT:
        return RuleFinding("wrong", "formula", None, verdict.counterexample)
    return RuleFinding("right") if verdict.judgement is Judgement.EQUAL else UNJUDGED


def _pending(expr: Expr, asked: Question) -> Iterator[Derivative]:
    """The outermost derivatives, those taken at a value (f′(2)) too."""
    if isinstance(expr, Derivative):
        yield expr
        return
    if isinstance(expr, Apply) and (local := asked.functions.get(expr.function)) and local.orders:
        yield Derivative(local.body, local.orders[0])
        return
    for child in children(expr):
        yield from _pending(child, asked)


def _multiplies_quotients(expr: Expr) -> bool:
    """Whether ∂L/∂z · ∂z/∂w is written: the chain rule itself."""
    return any(
        isinstance(node, Product)
        and sum(isinstance(f, Symbol) and quotient_of(f) is not None for f in node.factors) > 1
        for node in walk(expr)
    )


def _applies(rule: str, node: Derivative) -> bool:
    try:
        operand = _settled(node.operand)
    except CorrigeError:
        return False
    return rule in _calculus() and CALCULUS[rule].function(operand, node.variable) is not None


def _settled(operand: Expr) -> Expr:
    """An operand that is itself a derivative, worked out: g″ is the derivative of what g′ is."""
    if isinstance(operand, Derivative):
        return derive(_settled(operand.operand), operand.variable, check=False).result
    return operand


@cache
def _calculus() -> frozenset[str]:
    return frozenset(rule.name for rule in CALCULUS)


def _used(node: Derivative) -> list[str]:
    """The rules that the engine uses on it, the first one first."""
    try:
        derivation = derive(_settled(node.operand), node.variable, check=False)
    except CorrigeError:
        return []
    outer = [step.rule for step in derivation.steps]
    return outer + [step.rule for _, step in derivation.walk()]


# ---- names ------------------------------------------------------------------------------------


def rules_named(name: str) -> frozenset[str] | None:
    """The engine's rules that a name may mean, in any language we speak; None for an unknown name."""
    words = _plain(name)
    best: tuple[int, frozenset[str]] | None = None
    for synonym, keys in _synonyms():
        if re.search(rf"(?<!\w){re.escape(synonym)}(?!\w)", words) and (
            best is None or len(synonym) > best[0]
        ):
            best = (len(synonym), keys)
    return best[1] if best else None


@cache
def _synonyms() -> tuple[tuple[str, frozenset[str]], ...]:
    found: list[tuple[str, frozenset[str]]] = []
    for lang in languages():
        names = language_table(lang, "rules")["rules"]
        for key, row in names.items():
            found.append((_plain(str(row["name"])), _family(key)))
        for key, others in language_table(lang, "check")["synonyms"].items():
            found += [(_plain(other), _family(key)) for other in others]
    return tuple(found)


_FAMILIES = {
    "chain": {"chain", "power_chain", "exponential_chain", "exponential_base", "general_power"},
    "quotient": {"quotient", "reciprocal"},
    "power": {"power", "monomial", "power_chain"},
    "monomial": {"power", "monomial"},
    "sum": {"sum", "additive_constant", "constant_multiple", "affine"},
    "linearity": {"sum", "additive_constant", "constant_multiple", "affine", "monomial"},
    "constant_multiple": {"constant_multiple", "affine", "monomial"},
    "constant": {"constant", "additive_constant", "affine"},
    "exponential": {"exponential", "exponential_chain", "exponential_base"},
    "exponential_chain": {"exponential_chain", "exponential_base"},
    "root": {"root", "function", "chain", "power", "power_chain"},
    "function": {"function", "chain", "exponential", "power", "variable", "constant"},
    "logarithm": {"function", "chain", "log_of_absolute_value"},
    "simplification": set(ALGEBRA),
}  # fmt: skip


def _family(key: str) -> frozenset[str]:
    return frozenset(_FAMILIES.get(key, {key})) if key not in ALGEBRA else ALGEBRA


def _plain(text: str) -> str:
    """Lower case, no accents, one space between words."""
    bare = unicodedata.normalize("NFD", text.lower().replace("’", "'"))
    letters = "".join(c for c in bare if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w']+", " ", letters).split())

"""The names, formulas and sentences of the rules in a language: rows of `templates/<lang>/rules.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solver.errors import CorrigeError
from solver.resources import language_table


@dataclass(frozen=True, slots=True)
class RuleWording:
    """`name` of the rule, its `formula` (LaTeX, may be empty), and a `sentence` that says what is done."""

    name: str
    formula: str
    sentence: str


def rule_wording(rule: str, lang: str) -> RuleWording:
    """The wording of a rule. Raises CorrigeError where the language has none."""
    rows = language_table(lang, "rules").get("rules", {})
    if rule not in rows:
        raise CorrigeError(f"the language “{lang}” has no wording for the rule “{rule}”")
    row = rows[rule]
    return RuleWording(str(row["name"]), str(row.get("formula", "")), str(row["sentence"]))


def words(lang: str) -> Mapping[str, str]:
    """The few sentences around a derivation."""
    return {key: str(value) for key, value in language_table(lang, "rules")["words"].items()}

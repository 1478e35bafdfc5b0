"""The names, formulas and sentences of the rules in a language: rows of `templates/<lang>/rules.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from solver.errors import CorrigeError
from solver.resources import template_text


@dataclass(frozen=True, slots=True)
class RuleWording:
    """`name` of the rule, its `formula` (LaTeX, may be empty), and a `sentence` that says what is done."""

    name: str
    formula: str
    sentence: str


@cache
def _rows(lang: str) -> Mapping[str, Any]:
    return tomllib.loads(template_text(f"{lang}/rules.toml"))


def rule_wording(rule: str, lang: str) -> RuleWording:
    """The wording of a rule. Raises CorrigeError where the language has none."""
    rows = _rows(lang).get("rules", {})
    if rule not in rows:
        raise CorrigeError(f"the language “{lang}” has no wording for the rule “{rule}”")
    row = rows[rule]
    return RuleWording(str(row["name"]), str(row.get("formula", "")), str(row["sentence"]))


def words(lang: str) -> Mapping[str, str]:
    """The few sentences around a derivation."""
    return {key: str(value) for key, value in _rows(lang)["words"].items()}

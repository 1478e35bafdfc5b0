"""The sentences of `corrige descend` in a language; mathematics stands between $ and is made plain for a
terminal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from solver.descent.answer import Answer
from solver.descent.outcome import POINT, Outcome
from solver.expression.latex import latex
from solver.expression.tree import Symbol
from solver.resources import language_table


def sentences(lang: str) -> Mapping[str, Any]:
    """The rows of `templates/<lang>/descend.toml`."""
    return language_table(lang, "descend")


def proof(found: Answer, lang: str) -> str:
    """The sentence that proves the verdict, in Markdown."""
    return proof_of(found.outcome, found.run.problem.variables, lang)


LISTED = "\n\n- "
"""What parts the arguments on groups of variables where they make a list."""


def proof_of(
    outcome: Outcome,
    variables: Sequence[Symbol],
    lang: str,
    names: Mapping[str, str] | None = None,
    between: str = " ",
) -> str:
    """The same of a verdict alone; `names` are other letters for the functions f, g of the sentences,
    `between` stands before what is said of each group of variables.
    """
    text = _sentence(variables, outcome, lang, between)
    text = text.replace("+oo", r"+\infty").replace("-oo", r"-\infty").replace("≈ ", r"\approx ")
    return text if names is None else _renamed(text, names)


def _renamed(markdown: str, names: Mapping[str, str]) -> str:
    """The sentence with other names for single letters that stand alone in its formulas."""
    letters = re.compile(rf"(?<![\\a-zA-Z])({'|'.join(names)})(?![a-zA-Z])")
    parts = markdown.split("$")
    parts[1::2] = [letters.sub(lambda found: names[found[1]], part) for part in parts[1::2]]
    return "$".join(parts)


def proof_about(found: Answer, lang: str, name: str) -> str:
    """The same for a sheet that calls the function by another name than f, with its matrices set."""
    sentences = proof_of(found.outcome, found.run.problem.variables, lang, between=LISTED)
    text = displayed(set_in_latex(sentences))
    return re.sub(r"(?<![A-Za-z\\])f(?![A-Za-z])", lambda _: name, text)


def point_name(variables: Sequence[Symbol]) -> str:
    """How the point is named: by the variable where it is alone, else w (θ where one of them is w)."""
    if len(variables) == 1:
        return latex(variables[0])
    return r"\theta" if any(v.name == "w" for v in variables) else "w"


def _sentence(variables: Sequence[Symbol], outcome: Outcome, lang: str, between: str = " ") -> str:
    """The sentence of a verdict, then those of the parts that it is made of.

    A sentence with which all parts begin alike is said once, before them.
    """
    words = sentences(lang)
    told = _told(variables, outcome, words)
    parts = [(own, part, _told(own, part, words)) for own, part in outcome.parts]
    heads = {lines[0] for _, part, lines in parts if part.then}
    shared = heads.pop() if len(heads) == 1 and all(part.then for _, part, _ in parts) else None
    if shared is not None:
        told.append(shared)
    groups: dict[tuple[str, str], list[str]] = {}  # variables of which the same is said
    for own, part, lines in parts:
        rest = _sentence(own, part, lang) if part.parts else " ".join(s for s in lines if s != shared)
        groups.setdefault((part.behaviour, rest), []).extend(latex(v) for v in own)
    text = " ".join(told)
    for (behaviour, rest), names in groups.items():
        head = words["part"].format(names=f"${', '.join(names)}$", behaviour=words["behaviour"][behaviour])
        text += f"{between}{head} {rest}"
    return text


def _told(variables: Sequence[Symbol], outcome: Outcome, words: Mapping[str, Any]) -> list[str]:
    """The sentences of a verdict without those of its parts."""
    x = point_name(variables)
    arguments = {name: value.replace(POINT, x) for name, value in outcome.arguments.items()}
    single = outcome.key == "apart" and {len(own) for own, _ in outcome.parts} == {1}
    keys = ("apart_each" if single else outcome.key, *outcome.then)
    return [str(words["proof"][key]).format(x=x, **arguments) for key in keys]


_PLAIN = {
    r"\alpha": "α", r"\beta": "β", r"\lambda": "λ", r"\varepsilon": "ε", r"\nabla": "∇", r"\infty": "∞",
    r"\le": "≤", r"\ge": "≥", r"\to": "→", r"\approx": "≈", r"\sum": "Σ", r"\prod": "∏", r"\max": "max",
    r"\leftarrow": "←", r"\cdot": "·", r"\quad": " ", r"\lfloor": "⌊", r"\rfloor": "⌋",
}  # fmt: skip


def set_in_latex(markdown: str) -> str:
    """[[1, 2], [0, 3]] as a matrix."""

    def matrix(match: re.Match[str]) -> str:
        rows = [row.replace(", ", " & ") for row in match[1].split("], [")]
        return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}"

    return re.sub(r"\[\[(.*?)\]\]", matrix, markdown)


def displayed(markdown: str) -> str:
    """The text with each matrix of more than two rows in a paragraph of its own."""
    return re.sub(
        r" \$([^$]*pmatrix[^$]*\\\\[^$]*\\\\[^$]*)\$,? ", lambda found: f"\n\n$${found[1]}$$\n\n", markdown
    )


def as_text(markdown: str) -> str:
    """The same sentence for a terminal: α, ≤, w(k), √(s)."""
    text = markdown.replace("$", "").replace(r"\,", " ").replace(r"\|", "‖")
    text = re.sub(r"\^\{\(([^{}]*)\)\}", r"(\1)", text)
    text = re.sub(r"\\sqrt\{([^{}]*)\}", r"√(\1)", text)
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", lambda f: f"{_grouped(f[1])}/{_grouped(f[2])}", text)
    for macro in sorted(_PLAIN, key=len, reverse=True):
        text = re.sub(re.escape(macro) + r"(?![a-zA-Z])", _PLAIN[macro], text)
    text = re.sub(r"\\(?:var)?([a-zA-Z]+)", r"\1", text)  # names of Greek letters, sin, …
    text = re.sub(r"(_\d) (?=[)^])", r"\1", text)
    return re.sub(r"[{}]", "", text).replace(",   ", ",  ").replace("^*", "*")


def _grouped(text: str) -> str:
    """A numerator or denominator on one line."""
    return f"({text})" if " " in text else text

"""What `corrige descend` prints for a reader: the rule, the first steps with numbers put in, a table, the
verdict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from solver.descent import told
from solver.descent.answer import Answer
from solver.descent.orbit import EXACT_BITS
from solver.descent.updates import Real, Vector, bits
from solver.descent.wording import as_text, point_name, proof, sentences, set_in_latex
from solver.expression.latex import latex
from solver.expression.plain import plain
from solver.expression.tree import Expr

SUBSTITUTED = 3
READABLE_BITS = 60
MOST_ROWS = 60


def written(found: Answer, to: str, lang: str) -> str:
    """The answer as text, Markdown or a LaTeX fragment."""
    before = [*_opening(found, lang, plain if to == "text" else latex), *_steps(found, lang)]
    table, after = _table(found, to, lang), _closing(found, lang)
    if to != "text":
        after = [set_in_latex(block) for block in after]
    if to == "markdown":
        return "\n\n".join([*before, table, *after])
    after = [block.replace("**", "") for block in after]
    if to == "latex":
        return "\n\n".join([*before, table, *after])
    return "\n\n".join(["\n".join(as_text(b) for b in before), table, "\n".join(as_text(b) for b in after)])


# ---- the rule and its first steps -----------------------------------------------------------------


def _opening(found: Answer, lang: str, shown: Callable[[Expr], str]) -> list[str]:
    run, words = found.run, sentences(lang)
    names = ", ".join(shown(v) for v in run.problem.variables)
    heading = words["heading"].format(
        method=words["method"][run.method.name], variables=names, function=shown(run.problem.expression)
    )
    slopes = [shown(g) for g in run.problem.gradient]
    if run.size == 1:
        gradient = words["gradient_one"].format(variables=names, gradient=slopes[0])
    else:
        gradient = words["gradient_several"].format(gradient=", ".join(slopes))
    rule = words["rule"].format(formula=formula_latex(run.method.formula, _name(found)))
    values = ", ".join(rf"${_GREEK[name]} = {told.short(v)}$" for name, v in run.values.items())
    one = run.size == 1
    slope, bend = (f"f'({names})", f"f''({names})") if one else (r"\nabla f", r"\nabla^2 f")
    key = "slope_and_bend" if run.method.name == "newton" else "slope"
    meaning = words[key].format(slope=slope, bend=bend)
    rule = f"{rule}, {meaning}, {words['parameters'].format(values=values)}"
    if not run.schedule.is_constant:
        rule += f", ${run.schedule.formula}$"
    return [f"{heading}.", f"{gradient}.", f"{rule}."]


_GREEK = {
    "rate": r"\alpha", "beta": r"\beta", "beta1": r"\beta_1", "beta2": r"\beta_2",
    "epsilon": r"\varepsilon", "weight_decay": r"\lambda",
}  # fmt: skip
_TYPED = {
    "←": r"\leftarrow", "β₁": r"\beta_1 ", "β₂": r"\beta_2 ", "α": r"\alpha ", "β": r"\beta ",
    "ᵏ": "^k", "ε": r"\varepsilon", "λ": r"\lambda", "²": "^2", "⁻¹": "^{-1}", "·": r" \cdot ",
    "−": "-", "; ": r", \quad ",
}  # fmt: skip


def formula_latex(formula: str, name: str) -> str:
    """The first line of a rule's docstring in LaTeX, with the name of the point."""
    text = re.sub(r"√\(v/\((.*?)\)\)", r"\\sqrt{v/(\1)}", formula)
    text = re.sub(r"√(\w)", r"\\sqrt{\1}", text)
    text = re.sub(r"(?<![\\a-z])w(?![a-z])", lambda _: name, text)
    for sign, macro in _TYPED.items():
        text = text.replace(sign, macro)
    return re.sub(r" +", " ", text)


def _name(found: Answer) -> str:
    return point_name(found.run.problem.variables)


def _steps(found: Answer, lang: str) -> list[str]:
    """The first steps with their numbers, as far as these can be read."""
    lines = []
    for before, after in zip(found.iterates, found.iterates[1 : SUBSTITUTED + 1], strict=False):
        row = found.rows[before.k]
        if not after.exact or not row["exact"] or any(_is_long(x) for x in after.point):
            break
        line = _substituted(found, before.memory, before.point, after.memory, after.point, after.k)
        lines.append(f"${line}$")
    if not lines:
        return []
    return [sentences(lang)["substitution"], *lines]


def _is_long(x: Real) -> bool:
    return not isinstance(x, Fraction) or bits(x) > READABLE_BITS


def _substituted(
    found: Answer,
    old: Mapping[str, Vector],
    point: Vector,
    new: Mapping[str, Vector],
    following: Vector,
    k: int,
) -> str:
    run, name = found.run, _name(found)
    slope, rate = run.gradient(point), told.short(run.rate * run.schedule.share(k - 1))
    g, here, there = _vector(slope), _vector(point), _vector(following)
    end = rf"{name}^{{({k})}} = "
    method = run.method.name
    if method in ("momentum", "nesterov"):
        beta = told.short(run.values["beta"])
        velocity = _vector(new["v"])
        last = _vector(old["v"]) if old else _vector(tuple(Fraction(0) for _ in point))
        first = rf"v^{{({k})}} = {beta} \cdot {_signed(last)} + {_signed(g)} = {velocity}, \quad "
        used = _signed(velocity) if method == "momentum" else f"({g} + {beta} \\cdot {_signed(velocity)})"
        return rf"{first}{end}{here} - {rate} \cdot {used} = {there}"
    if method == "gd":
        return rf"{end}{here} - {rate} \cdot {_signed(g)} = {there}"
    if method == "newton":
        return rf"{end}{here} - {rate} \cdot {_signed(_vector(run.direction(point)))} = {there}"
    shown = [m for m in run.method.memories if m not in ("c", "d")]
    if any(_is_long(x) for m in shown for x in new[m]):
        return f"{end}{there}"
    memories = "".join(rf"{m}^{{({k})}} = {_vector(new[m])}, \quad " for m in shown)
    return rf"g = {g}, \quad {memories}{end}{there}"


def _vector(values: Vector) -> str:
    texts = [latex(x) if isinstance(x, Fraction) else str(x) for x in values]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def _signed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


# ---- the table ------------------------------------------------------------------------------------


def _table(found: Answer, to: str, lang: str) -> str:
    words = sentences(lang)
    header = ("k", words["column_point"], words["column_value"], words["column_gradient"])
    cells = [
        (
            str(row["k"]),
            ", ".join(_cut(x) for x in row["point"]),
            _cut(row["value"]),
            ", ".join(_cut(x) for x in row["gradient"]),
        )
        for row in _shown([r for r in found.rows if r["point"][0] is not None])
    ]
    if to == "text":
        widths = [max(len(row[i]) for row in (header, *cells)) for i in range(4)]
        return "\n".join(
            "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
            for row in (header, *cells)
        )
    math = [tuple(_cell(c) for c in row) for row in cells]
    if to == "markdown":
        return "\n".join(f"| {' | '.join(row)} |" for row in (header, ("---:",) * 4, *math))
    return "\n".join(
        [
            r"\begin{tabular}{rrrr}",
            " & ".join(("$k$", *header[1:])) + r" \\ \hline",
            *(" & ".join(row) + r" \\" for row in math),
            r"\end{tabular}",
        ]
    )


def _shown(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """All rows if they are few, else the first, some in between and the last."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    last, head = len(rows) - 1, 20
    places = {*range(head), *(head + (last - head) * i // 20 for i in range(21))}
    return [rows[i] for i in sorted(places)]


def _cut(text: str | None, most: int = 22) -> str:
    """A number short enough for a table."""
    if text is None:
        return "—"
    if len(text) <= most and "." not in text and "e" not in text:
        return text
    with ctx.workprec(400):
        if "/" in text:
            top, bottom = text.split("/")
            return "≈ " + str((arb(top) / arb(bottom)).mid().str(15, radius=False))
        return "≈ " + str(arb(text).mid().str(15, radius=False))


def _cell(text: str) -> str:
    """A cell of numbers as mathematics: fractions set as fractions, powers of ten written out."""
    found = (
        re.sub(r"(\d+)/(\d+)", r"\\frac{\1}{\2}", text).replace("≈ ", r"\approx ").replace("—", r"\text{—}")
    )
    found = re.sub(r"e([+-]?)0*(\d+)", lambda m: rf" \cdot 10^{{{m[1].replace('+', '')}{m[2]}}}", found)
    return f"${found}$"


# ---- the verdict ----------------------------------------------------------------------------------


def _closing(found: Answer, lang: str) -> list[str]:
    words, lines = sentences(lang), []
    count = len(found.iterates)
    if found.exact_until == count - 1:
        notes = [words["exact_all"]]
    else:
        key = "exact_until_long" if found.is_long else "exact_until_irrational"
        notes = [words[key].format(index=found.exact_until, bits=EXACT_BITS)]
    if count <= found.steps and found.outcome.key != "leaves_domain":
        notes.append(words["stops"].format(index=count))
    if found.kinks:
        taken = sorted({told.short(x) for xs in found.kinks.values() for x in xs})
        at = ", ".join(str(k) for k in [*found.kinks][:3]) + (", …" if len(found.kinks) > 3 else "")
        notes.append(words["kink"].format(indices=at, values=", ".join(taken)))
    lines.append(" ".join(notes))
    lines.append(f"**{words['verdict']}**: {verdict(found, lang)}.")
    because = words["reason" if found.outcome.behaviour == "undecided" else "because"]
    lines.append(f"**{because}**: {proof(found, lang)}")
    return lines if lang == "en" else [line.replace("**: ", "** : ") for line in lines]


def verdict(found: Answer, lang: str) -> str:
    """What the infinite run does, as the end of a sentence: “converges to the minimum $2$”."""
    words, outcome = sentences(lang), found.outcome
    key = outcome.behaviour
    if key == "converges":
        if outcome.limit is None:
            key = "converges_unknown"
        elif outcome.nature:
            key = f"converges_{outcome.nature}"
    if key == "oscillates":
        if outcome.period is None:
            key = "oscillates_none"
        elif outcome.cycle and outcome.period <= 4:
            key = "oscillates_cycle"
    cycle = ", ".join(f"${_told(point)}$" for point in outcome.cycle) if outcome.cycle else ""
    return str(words[key]).format(limit=_limit(found), period=outcome.period, cycle=cycle)


def _limit(found: Answer) -> str:
    outcome = found.outcome
    if outcome.limit is None:
        return ""
    if outcome.exact_limit is not None and not all(isinstance(x, Fraction) for x in outcome.limit):
        exact = ", ".join(latex(x) for x in outcome.exact_limit)
        return f"${exact} {_told(outcome.limit)}$"
    return f"${_told(outcome.limit)}$"


def _told(point: Sequence[Real]) -> str:
    """A point as mathematics; ≈ where it is not exact."""
    texts = [_cut(told.number_text(x)) for x in point]
    rounded = any("≈" in t for t in texts) or any(not isinstance(x, Fraction) for x in point)
    inner = ", ".join(_cell(t.replace("≈ ", "")).strip("$") for t in texts)
    shown = inner if len(texts) == 1 else f"({inner})"
    return rf"\approx {shown}" if rounded else shown


__all__ = ["formula_latex", "verdict", "written"]

"""The passes of a record as text, Markdown or LaTeX, for the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solver.expression.latex import latex
from solver.network.record import Record

if TYPE_CHECKING:
    from solver.network.numeric import Pass


def printed(record: Record, to: str) -> str:
    """`text`: one line a value; `markdown` and `latex`: the equations of both passes, with numbers where
    there are some.
    """
    if to == "text":
        return _text(record)
    lines = _equations(record)
    if to == "latex":
        return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"
    return "$$\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}$$\n"


def _equations(record: Record) -> list[str]:
    """Forward pass, then backward pass in matrix form; numbers of the first example after each scalar."""
    from dataclasses import replace

    from solver.network.backward import analyse
    from solver.network.example import example_of, shown

    analysis = analyse(replace(record, weights=None, biases=None, x=None, y=None, is_batch=False))
    example = example_of(record)
    lines = []
    if example is None:
        lines += [f"{latex(e.target)} &= {latex(e.expression)}" for e in analysis.component.graph.equations]
        lines += [
            f"{a.symbol.latex()} &= {a.expression.latex()}"
            for a in analysis.adjoints.values()
            if a.symbol != a.expression
        ]
        return lines
    for line in example.lines:
        sign = "=" if line.is_exact else r"\approx"
        lines.append(f"{latex(line.target)} &= {latex(line.expression)} {sign} {shown(line.value)}")
    for adjoint in analysis.backward.adjoints:
        if adjoint.node.name in example.gradients:
            value = shown(example.gradients[adjoint.node.name])
            lines.append(rf"{latex(adjoint.symbol)} &= {latex(adjoint.expression)} \approx {value}")
    return lines


def _text(record: Record) -> str:
    from solver.network.numbers import text
    from solver.network.symbolic import symbolic_json

    lines = [f"{'-'.join(map(str, record.layers))} network, {record.parameters} parameters"]
    if not record.has_numbers:
        found = symbolic_json(record)
        lines += [f"{name} = {value}" for name, value in _mapping(found["definitions"])]
        lines.append(f"L = {found['loss']}")
        for name, layers in _mapping(found["gradients"]):
            if name == "dx":
                lines += _flat("dx", layers)
            elif isinstance(layers, list):
                lines += [line for n, value in enumerate(layers, 1) for line in _flat(f"{name}{n}", value)]
        return "\n".join([*lines, f"verified: {found['verified']}"]) + "\n"
    from solver.network.numeric import numeric_pass
    from solver.network.verify import verified

    found_pass: Pass = numeric_pass(record)
    for name, layers in (("z", found_pass.z), ("a", found_pass.a)):
        for number, rows in enumerate(layers, 1):
            lines += [f"{name}{number} = {', '.join(map(text, row))}" for row in rows]
    lines.append(f"L = {text(found_pass.loss)}")
    for number, (rows, bias) in enumerate(zip(found_pass.dw, found_pass.db, strict=True), 1):
        lines += [f"dL/dW{number}[{i}] = {', '.join(map(text, row))}" for i, row in enumerate(rows, 1)]
        if bias is not None:
            lines.append(f"dL/db{number} = {', '.join(map(text, bias))}")
    return "\n".join([*lines, f"verified: {verified(record, found_pass)}"]) + "\n"


def _mapping(value: object) -> list[tuple[str, object]]:
    return list(value.items()) if isinstance(value, dict) else []


def _flat(name: str, value: object) -> list[str]:
    if isinstance(value, list):
        return [line for i, item in enumerate(value, 1) for line in _flat(f"{name}_{i}", item)]
    return [] if value is None else [f"{name} = {value}"]

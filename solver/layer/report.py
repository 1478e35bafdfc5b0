"""`corrige layer`: a layer's forward and backward pass, as JSON, text, Markdown or LaTeX."""

from __future__ import annotations

import json
from collections.abc import Mapping

from solver.layer.derive import backward
from solver.layer.lines import words
from solver.layer.model import Adjoint, Backward, Layer
from solver.layer.numpy_text import NumpyWriter
from solver.layer.printer import show
from solver.layer.reverse import gradient_name
from solver.layer.rule_formulas import rule_formula
from solver.layer.shapes import SCALAR, Shape
from solver.layer.steps import Step, received, steps
from solver.layer.styles import LATEX
from solver.layer.tree import Matrix, Name
from solver.layer.vjp import RULES
from solver.layer.wording import WRITERS


def layer_report(layer: Layer, *, to: str = "text", lang: str = "en") -> str:
    """The answer for a layer in the format `to`. Raises CheckFailed where a gradient is contradicted."""
    found = backward(layer)
    if to == "json":
        return json.dumps(layer_json(found), ensure_ascii=False, indent=1)
    return WRITERS[to](found, words(lang))


# ---- JSON -------------------------------------------------------------------------------------


def layer_json(found: Backward) -> dict[str, object]:
    """The answer as plain data."""
    layer = found.layer
    writer = NumpyWriter(layer, {gradient_name(a.node).name: a.tidy for a in found.kept})
    shapes = {name: _shape(shape) for name, shape in layer.shapes.items()}
    shapes |= {name.name: _shape(name.of) for name in received(layer)}
    answer: dict[str, object] = {
        "name": layer.name,
        "shapes": shapes,
        "inputs": [name.name for name in layer.inputs],
        "outputs": [name.name for name in layer.outputs],
        "given": [name.name for name in layer.inputs if name.name in layer.given],
        "forward": [
            {
                "name": e.target.name,
                "latex": f"{show(e.target, LATEX)} = {show(e.expression, LATEX)}",
                "numpy": writer.assignment(e.target.name, e.expression),
            }
            for e in layer.equations
        ],
        "backward": [_entry(adjoint, writer) for adjoint in found.results],
    }
    if found.kept:
        answer["adjoints"] = [_entry(adjoint, writer) for adjoint in found.kept]
    if found.assumed:
        answer["assuming"] = [
            {
                "assumption": [
                    f"{show(name, LATEX)} \\mathbf{{1}} = \\mathbf{{1}}" for name in layer.rows_sum_to_one
                ],
                **_formula(gradient_name(node), gradient, writer),
            }
            for node, gradient in found.assumed
        ]
    shown = [_step(step, layer) for step in steps(found)]
    answer["steps"] = [step for step in shown if step["before"] != step["after"]]
    answer["verified"] = found.verified
    answer["checks"] = len(found.checks)
    answer["entries"] = sum(check.entries for check in found.checks)
    return answer


def _shape(shape: Shape) -> list[str]:
    return [] if shape == SCALAR else [str(dim) for dim in shape]


def _entry(adjoint: Adjoint, writer: NumpyWriter) -> dict[str, str]:
    return _formula(gradient_name(adjoint.node), adjoint.tidy, writer)


def _formula(name: Name, shown: Matrix, writer: NumpyWriter) -> dict[str, str]:
    return {
        "name": name.name,
        "latex": f"{show(name, LATEX)} = {show(shown, LATEX)}",
        "numpy": writer.assignment(name.name, shown),
    }


def _step(step: Step, layer: Layer) -> Mapping[str, object]:
    return {
        "rule": step.rule,
        "rules": list(step.rules),
        "formula": rule_formula(step.rule, LATEX, layer.letters) if step.rule in RULES else None,
        "node": step.node.name,
        "through": step.through.name if step.through else None,
        "before": show(step.before, LATEX),
        "after": show(step.after, LATEX),
    }

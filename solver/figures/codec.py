"""Figure specifications as JSON text and back: what the drawing process gets, what a cache key is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from solver.document.figure import (
    Curve,
    Diagram,
    DiagramEdge,
    DiagramNode,
    FigureSpec,
    Marks,
    Panel,
    Plot,
)

_CLASSES: Mapping[str, type] = {
    cls.__name__: cls for cls in (Plot, Panel, Curve, Marks, Diagram, DiagramNode, DiagramEdge)
}
_TAG = "is"


def encode(spec: FigureSpec) -> str:
    """The specification as canonical JSON: equal specifications give equal texts."""
    return json.dumps(_plain(spec), sort_keys=True, separators=(",", ":"))


def decode(text: str) -> FigureSpec:
    """The specification that `encode` wrote."""
    found = _built(json.loads(text))
    if not isinstance(found, Plot | Diagram):
        raise ValueError("the text holds no figure specification")
    return found


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        inner = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        return {_TAG: type(value).__name__, **inner}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)  # 2 and 2.0 draw alike
    return value


def _built(value: Any) -> Any:
    if isinstance(value, dict):
        cls = _CLASSES[value[_TAG]]
        inner = {name: _built(item) for name, item in value.items() if name != _TAG}
        if cls is Plot:
            inner["columns"] = int(inner["columns"])
        return cls(**inner)
    if isinstance(value, list):
        return tuple(_built(item) for item in value)
    return value


def labels(spec: FigureSpec) -> Iterator[str]:
    """Every label of the specification, in order, empty ones left out."""
    found: list[str | None] = []
    if isinstance(spec, Plot):
        for panel in spec.panels:
            found += [panel.title, panel.x_label, panel.y_label]
            found += [curve.label for curve in panel.curves]
            for marks in panel.marks:
                found += [marks.label, *marks.notes]
    else:
        found += [node.label for node in spec.nodes]
        for edge in spec.edges:
            found += [edge.label, edge.back_label]
        found += [label for _, _, label in spec.captions]
    return (label for label in found if label)


def words(label: str) -> tuple[str, ...]:
    """The pieces of a label that stand outside `$…$`: each is the key of a term."""
    pieces = (piece.strip(" ,;:()") for piece in re.split(r"\$[^$]*\$", label))
    return tuple(piece for piece in pieces if re.search(r"[A-Za-z]", piece))


def terms_used(spec: FigureSpec, terms: Mapping[str, str]) -> dict[str, str]:
    """The terms that this drawing shows; a change of any other must not redraw it."""
    keys = {word for label in labels(spec) for word in words(label)}
    return {key: terms[key] for key in sorted(keys) if key in terms}


def unknown_terms(spec: FigureSpec, terms: Mapping[str, str]) -> tuple[str, ...]:
    """The words of the labels that the language has no term for (a fault of the specification)."""
    return tuple(sorted({w for label in labels(spec) for w in words(label) if w not in terms}))

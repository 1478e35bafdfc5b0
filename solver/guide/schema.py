"""A JSON Schema (draft 2020-12) for editors: network records, front matter, and the requests of a sheet."""

from __future__ import annotations

import re
from typing import Any

from solver.guide.describe import Described, describe, field_docstrings
from solver.network.activation_rows import ROWS, VECTORS
from solver.network.fields import Fields
from solver.network.losses import LOSSES
from solver.network.model import ARITHMETICS
from solver.questions.base import KINDS
from solver.questions.sheet_figures import FIGURES
from solver.resources import languages
from solver.sheet.front_matter import KEYS, SETTINGS

Schema = dict[str, Any]

_NUMBER = {"type": ["number", "string"], "description": "A number, exact as written: 0.05, “1/20”, “2e-3”."}
_TEXT = {"type": ["string", "number"]}


def schema() -> Schema:
    """The whole: one object of any of the sorts in `$defs`, each of which may be referred to alone."""
    sorts = {
        "record": record(),
        "front-matter": front_matter(),
        **{f"solve-{kind}": options(kind) for kind in KINDS},
        **{f"figure-{kind}": options(kind) for kind in FIGURES},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "corrige",
        "description": "Network records (record), front matter (front-matter), the options of each kind "
        "of question (solve-KIND) and figure (figure-KIND).",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in sorts],
        "$defs": {"number": _NUMBER, **sorts},
    }


def options(kind: str) -> Schema:
    """The options of a kind, by name, as texts."""
    described = describe(kind)
    known: dict[str, Schema] = {option.name: _option(option) for option in described.options}
    known["label"] = {"type": "string", "description": "The name of the answer, for `from` and for braces."}
    return _object(described.meaning, known, [option.name for option in described.options if option.required])


def _option(option: Described) -> Schema:
    found: Schema = {"type": ["string", "number"], "description": option.meaning}
    if option.choices:
        words = "|".join(map(re.escape, option.choices))
        found = {"type": "string", "description": f"{option.meaning} ({', '.join(option.choices)})"}
        found["pattern"] = rf"^\s*({words})(\s*,\s*({words}))*\s*$"
        found["examples"] = list(option.choices)
    return found | ({"default": option.default} if option.default else {})


def front_matter() -> Schema:
    """The keys between the two lines `---` of a sheet."""
    known: dict[str, Schema] = {key: {**_TEXT, "description": says} for key, says in KEYS.items()}
    known["author"] = {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "description": KEYS["author"],
    }
    known["lang"]["enum"] = list(languages())
    for key, allowed in SETTINGS.items():
        known[key]["enum"] = [*allowed, *(int(word) for word in allowed if word.isdigit())]
    known["answer-space"]["pattern"] = r"^\d{1,2}([.,]\d)?\s*cm$"
    known["logo"]["pattern"] = r"\.(png|jpe?g)$"
    return _object("The front matter of a sheet.", known, ["title"])


def record() -> Schema:
    """A network record, the argument of `corrige network`."""
    number: Schema = {"$ref": "#/$defs/number"}
    known: dict[str, Schema] = {
        "layers": {**_list(number), "minItems": 2},
        "activations": _list({"type": "string", "examples": [*ROWS, *VECTORS]}),
        "loss": {"type": "string", "examples": list(LOSSES)},
        "weights": _or_null(_list(_list(_list(number)))),
        "biases": {"anyOf": [_list(_or_null(_list(number))), {"enum": ["none", None]}]},
        "x": _or_null(_one_or_many(number)),
        "y": {"anyOf": [number, *_one_or_many(number)["anyOf"], {"type": "null"}]},
        "penalty": _or_null(
            _object("λ₁ Σ|w| + (λ₂/2) Σ w²", {"l1": number, "l2": number, "biases": {"type": "boolean"}}, [])
        ),
        "arithmetic": {"enum": [*ARITHMETICS, None]},
        "notation": _or_null({"type": "object", "additionalProperties": {"type": "string"}}),
    }
    meanings = field_docstrings(Fields)
    described = {name: {**found, "description": meanings[name]} for name, found in known.items()}
    return _object("A network, with or without numbers.", described, ["layers", "activations", "loss"])


def _object(description: str, known: dict[str, Schema], required: list[str]) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": known,
        "required": required,
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _one_or_many(number: Schema) -> Schema:
    return {"anyOf": [_list(number), _list(_list(number))]}


def _or_null(found: Schema) -> Schema:
    return {"anyOf": [found, {"type": "null"}]}

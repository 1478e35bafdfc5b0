"""Kinds tell what they take: docstrings, examples that build, the verb, the schema."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from test_cli import run

from solver.document.nodes import Paragraph, Text
from solver.guide.describe import ALL, describe, field_docstrings
from solver.guide.facts import facts_of
from solver.guide.schema import schema
from solver.network.fields import Fields
from solver.plain_data import public
from solver.questions.base import KINDS, options_of, question_class
from solver.sheet.front_matter import KEYS
from solver.sheet.languages import in_language
from solver.sheet.reader import iter_directives, read_sheet
from solver.sheet.values import own_blocks
from solver.solving import require_sound, solve

EXAMPLES = sorted((ROOT / "sheets" / "kinds").glob("*.md"))


@pytest.mark.parametrize("kind", ALL)
def test_every_option_says_what_it_is(kind: str) -> None:
    made = describe(kind)
    assert made.meaning.endswith(".")
    assert [o.name for o in made.options] == list(options_of(question_class(kind, kinds=ALL)))
    for option in made.options:
        assert option.meaning.endswith("."), f"{kind}: {option.name} has no docstring below it"
        assert "\n" not in option.meaning


def test_defaults_are_told_as_typed() -> None:
    told = {o.name: o for o in describe("rates").options}
    assert told["tolerances"].default == "0.001, 0.000001"
    assert told["steps"].default == "3"
    assert told["ask"].choices == ("speed", "choice")
    assert told["from"].default == ""


def test_every_kind_has_its_example_and_no_other() -> None:
    assert [p.stem for p in EXAMPLES] == sorted(ALL)


@pytest.mark.parametrize("kind", ALL)
def test_the_example_is_solved(kind: str) -> None:
    """It asks for its kind, once, every equality holds, and the guide can cite the request."""
    made = describe(kind)
    sheet = read_sheet(made.example, f"{kind}.md")
    (directive,) = iter_directives(sheet)
    assert (directive.name, directive.argument) == (made.directive, kind)
    require_sound(solve(sheet), strict=True)
    assert made.request.startswith(f"```{{{made.directive}}} {kind}\n")


# ---- the verb -----------------------------------------------------------------------------------


def test_kinds_are_listed_and_told() -> None:
    code, out, _ = run("kinds")
    assert code == 0
    for kind in ALL:
        assert f"\n  {kind} " in out
    code, out, _ = run("kinds", "rates", "curve")
    assert code == 0
    for text in ("speed | choice (optional)", "numbers (default 0.001, 0.000001)", "range", "title: A curve"):
        assert text in out


def test_markdown_of_one_kind() -> None:
    code, out, _ = run("kinds", "vanishing", "--to", "markdown")
    assert code == 0
    assert "| `depth` | a number or a letter | required |" in out
    assert "![What it gives](kinds/vanishing.png)" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("kinds", "desent"), "Did you mean “descent”?"),
        (("kinds", "descent", "--schema"), "leave their names"),
    ],
)
def test_faults(arguments: tuple[str, ...], message: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_a_build_does_not_pay_for_it() -> None:
    """Docstrings are read when they are asked for: neither the guide nor `ast` readers load with a build."""
    code = "import sys, solver.pipeline, solver.cli; print([m for m in sys.modules if 'solver.guide' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- the schema ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    code, out, _ = run("kinds", "--schema")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    assert found == schema()
    return found


def validator(made: dict[str, Any], name: str) -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": made["$defs"]})


def test_the_schema_knows_every_field(made: dict[str, Any]) -> None:
    known = made["$defs"]
    assert set(known["record"]["properties"]) == {f.name for f in fields(Fields)}
    assert set(known["front-matter"]["properties"]) == set(KEYS)
    for kind in ALL:
        name = f"{'solve' if kind in KINDS else 'figure'}-{kind}"
        options = options_of(question_class(kind, kinds=ALL))
        assert set(known[name]["properties"]) == {*options, "label"}
        assert set(known[name]["required"]) == {o.name for o in options.values() if o.required}
    assert set(field_docstrings(Fields)) == {f.name for f in fields(Fields)}


@pytest.mark.parametrize("kind", ALL)
def test_the_example_is_valid(kind: str, made: dict[str, Any]) -> None:
    described = describe(kind)
    (directive,) = iter_directives(read_sheet(described.example, "sheet.md"))
    sort = validator(made, f"{described.directive}-{kind}")
    options = {name: option.text for name, option in directive.options.items()}
    assert sort.is_valid(options)
    assert not sort.is_valid(options | {"nonsense": "1"})


NUMBERS = {"weights": [[["1/2", 2]]], "biases": [None], "x": [[1, 2], [0.5, "1e-3"]], "y": [1, 0]}
RECORDS: list[dict[str, Any]] = [
    {"layers": [2, 3, 1], "activations": ["relu", "leaky_relu(0.1)"], "loss": "mse", "biases": "none"},
    {"layers": ["2", 1], "activations": ["sigmoid"], "loss": "bce", **NUMBERS},
    {"layers": [2, 1], "activations": ["tanh"], "loss": "sum", "weights": None, "arithmetic": "exact",
     "notation": {"W1": "V"}, "penalty": {"l2": "0.1", "biases": True}},
]  # fmt: skip


@pytest.mark.parametrize("record", RECORDS)
def test_records_are_valid_as_we_read_them(record: dict[str, Any], made: dict[str, Any]) -> None:
    from solver.network.record import read_record

    read_record(json.dumps(record))
    assert validator(made, "record").is_valid(record)


def test_the_whole_takes_any_of_them(made: dict[str, Any]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    whole = jsonschema.Draft202012Validator(made)
    for good in (RECORDS[0], {"title": "T", "lang": "en"}, {"of": "f", "start": 2, "rate": "0.05"}):
        assert whole.is_valid(good)
    assert not whole.is_valid({"titel": "T"})


@pytest.mark.parametrize(
    "change", [{"layers": 3}, {"weigths": []}, {"biases": "no"}, {"penalty": {"l3": 1}}, {"arithmetic": "f"}]
)
def test_wrong_records_are_not(change: dict[str, Any], made: dict[str, Any]) -> None:
    assert not validator(made, "record").is_valid(RECORDS[0] | change)


@pytest.mark.parametrize("path", sorted((ROOT / "sheets").rglob("*.md")), ids=lambda p: p.stem)
def test_front_matter_of_our_sheets_is_valid(path: Path, made: dict[str, Any]) -> None:
    import yaml

    text = in_language(path.read_text(encoding="utf-8"), "fr").text
    written = yaml.load(text.split("---\n")[1], Loader=yaml.BaseLoader)
    assert validator(made, "front-matter").is_valid(written)
    assert not validator(made, "front-matter").is_valid({"titel": "x"})


# ---- facts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_fact_that_is_told_can_be_shown(kind: str) -> None:
    """Each path of `corrige kinds KIND` works between braces, and no LaTeX is printed as a text."""
    told = [path for path, _ in facts_of(kind)]
    assert told
    lines = "\n".join(f"A {{{{ q1.{kind}.{path} }}}} $B {{{{ q1.{kind}.{path} }}}}$\n" for path in told)
    text = describe(kind).example + f"\n```{{answer}}\n{lines}```\n"
    solved = solve(read_sheet(text, "sheet.md"))
    (answer,) = (d for d in iter_directives(solved.sheet) if d.name == "answer")
    blocks = own_blocks(answer, solved.sheet, public(solved.facts))
    assert len(blocks) == len(told)
    for block in blocks:
        assert isinstance(block, Paragraph)
        assert not [i for i in block.content if isinstance(i, Text) and re.search(r"[\\^_*]", i.text)]

"""Records: a wrong one gives one error that names the layer, what was expected and what was found."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from solver.errors import CorrigeError, SheetError, Span
from solver.network.record import make_record, nested_list, read_record, record_of
from solver.sheet.model import NetworkGiven, OptionText

GOOD = {
    "layers": [2, 3, 1], "activations": ["sigmoid", "tanh"], "loss": "half_squared",
    "weights": [[["1", "2"]] * 3, [["1", "0.5", "1/4"]]], "biases": [["0", "0", "0"], ["1"]],
    "x": ["1", "2"], "y": ["0.5"],
}  # fmt: skip


def test_a_good_record():
    record = make_record(GOOD)
    assert record.parameters == 13
    assert record.weights[1] == ((Fraction(1), Fraction(1, 2), Fraction(1, 4)),)
    assert record.x == ((1, 2),)
    assert not record.is_batch


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights": [[["1", "2"]] * 2, [["1", "1", "1"]]]}, ["layer 1", "3 × 2", "2 × 2"]),
        ({"weights": [[["1", "2"]] * 3, [["1", "1"]]]}, ["layer 2", "1 × 3", "1 × 2"]),
        ({"weights": [[["1", "2"], ["1"], ["1", "2"]],
        [["1", "1", "1"]]]}, ["layer 1", "3 × 2", "rows of 1 and 2"]),
        ({"weights": [[["1", "2"]] * 3]}, ["2 weight matrices", "found 1"]),
        ({"weights": [[["1", "b"]] * 3, [["1", "1", "1"]]]}, ["layer 1", "unit 1", "input 2", "“b”"]),
        ({"biases": [["0", "0"], ["1"]]}, ["biases of layer 1", "expected 3", "found 2"]),
        ({"biases": [["0", "0", "0"]]}, ["2 bias vectors", "found 1"]),
        ({"biases": "yes"}, ["“none”", "“yes”"]),
        ({"x": ["1"]}, ["x", "expected 2", "found 1"]),
        ({"x": [["1", "2"], ["1"]], "y": [["1"], ["1"]]}, ["example 2 of x", "expected 2", "found 1"]),
        ({"x": [["1", "2"]], "y": [["1"], ["1"]]}, ["1 examples in x, 2 in y"]),
        ({"y": ["1", "2"]}, ["y", "expected 1", "found 2"]),
        ({"y": None}, ["half_squared", "weights, biases and x are given, y is missing"]),
        ({"x": None}, ["x is missing"]),
        ({"weights": None}, ["weights"]),
        ({"activations": ["sigmoid"]}, ["2 activations", "found 1"]),
        ({"activations": ["sigmoid", "tahn"]}, ["layer 2", "“tahn”"]),
        ({"activations": ["relu(1)", "tanh"]}, ["layer 1", "0 parameters"]),
        ({"loss": "half_square"}, ["unknown loss"]),
        ({"layers": [2]}, ["at least 2 sizes"]),
        ({"layers": [2, 0, 1]}, ["from 1 to"]),
        ({"layers": [2, "3.5", 1]}, ["7/2"]),
        ({"layers": [2, True, 1]}, ["true"]),
        ({"loss": 3}, ["loss"]),
        ({"lose": "mse"}, ["unknown field “lose”"]),
        ({"x": ["1", "1/0"]}, ["“1/0”"]),
        ({"x": ["1", "1e99999"]}, ["number"]),
        ({"notation": {"W3": "V"}}, ["“W3”"]),
        ({"notation": {"W2": "V_1"}}, ["“V_1”"]),
        ({"notation": {"W2": "V", "b2": "V"}}, ["both be printed “V”"]),
    ],
)  # fmt: skip
def test_errors_say_what_was_expected_and_found(change, words):
    fields = {k: v for k, v in {**GOOD, **change}.items() if v is not None}
    with pytest.raises(CorrigeError) as caught:
        make_record(fields)
    for word in words:
        assert word in caught.value.message + (caught.value.hint or "")


def test_missing_fields():
    for name in ("layers", "activations", "loss"):
        with pytest.raises(CorrigeError, match=name):
            make_record({k: v for k, v in GOOD.items() if k != name})
    with pytest.raises(CorrigeError, match="biases are missing"):
        make_record({k: v for k, v in GOOD.items() if k != "biases"})


def test_without_biases():
    record = make_record({**GOOD, "biases": "none"})
    assert record.parameters == 9
    assert make_record({**GOOD, "biases": None, "weights": GOOD["weights"]} | {"biases": "none"}) == record
    half = make_record({**GOOD, "biases": [None, ["1"]]})
    assert half.parameters == 10
    assert half.biased == (False, True)


@pytest.mark.parametrize(
    "text",
    ["", "[1]", "nul", '{"layers": [1, 1], "layers": [2, 1]}', '{"x": NaN}', '{"x": Infinity}', "[" * 5000,
     '{"layers": [2, 1], "activations": ["relu"], "loss": "mse", "x": [' + "9" * 5000 + "]}"],
)  # fmt: skip
def test_bad_json_is_one_error(text):
    with pytest.raises(CorrigeError):
        read_record(text)


def test_json_decimals_are_exact():
    record = read_record(json.dumps(GOOD).replace('"0.5"]', "0.1]"))
    assert record.y == ((Fraction(1, 10),),)


# ---- sheets --------------------------------------------------------------------------------------


def given(**options: str) -> NetworkGiven:
    fields = {"layers": "2, 3, 1", "activations": "sigmoid, leaky_relu(0.1)", "loss": "mse"} | options
    return NetworkGiven(
        "mlp", {k: OptionText(v, Span(10 + i, 12)) for i, (k, v) in enumerate(fields.items())}, Span(9, 1)
    )


def test_a_network_of_a_sheet():
    record = record_of(
        given(
            weights="[[[0.5, -0.2], [1/3, 4], [-3e-1, 2]], [[6, 5, 4]]]", biases="[[1, 1, 1], [0.3]]",
            x="1, 2", y="1", notation="W2 = W', b2 = b'",
        )
    )  # fmt: skip
    assert record.weights[0][1] == (Fraction(1, 3), Fraction(4))
    assert record.x == ((1, 2),)
    assert record.notation == (("W2", "W'"), ("b2", "b'"))
    assert record.activations[1].parameters == (Fraction(1, 10),)


def test_a_fault_of_a_sheet_points_at_its_option():
    with pytest.raises(SheetError) as caught:
        record_of(given(weights="[[[1, 2]], [[1, 1, 1]]]", biases="none", x="1, 2", y="1"))
    assert caught.value.span == Span(13, 12)
    with pytest.raises(SheetError, match="bracket"):
        record_of(given(weights="[[[1, 2]"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2, 3", ("2", "3")), ("[2, 3]", ("2", "3")), ("[[1], [2]]", (("1",), ("2",))),
        ("[1],[2]", (("1",), ("2",))), ("[[[1]]]", ((("1",),),)),
        ("leaky_relu(0.1, 2), tanh", ("leaky_relu(0.1, 2)", "tanh")),
    ],
)  # fmt: skip
def test_nested_lists(text, expected):
    assert nested_list(text) == expected


@pytest.mark.parametrize("text", ["1,", ",1", "[1", "1]", "[1] [2]", "[1,]", "1 [2]", "[1] 2"])
def test_broken_lists(text):
    with pytest.raises(ValueError, match=r"comma|bracket"):
        nested_list(text)


PLACES = [
    ('{"layers": [2, 1], "activations": ["relU", "tahn"], "loss": "mse"}', 1, '["relU"'),
    ('{"layers": [2, 1],\n "activations": ["rleu"], "loss": "mse"}', 2, '"rleu"'),
    ('{"layers": [2, 1], "activations": ["relu"],\n "loss": "msee"}', 2, '"msee"'),
    ('{"layers": [2, 1], "activations": ["relu"], "loss": "mse",\n  "wieghts": []}', 2, '"wieghts"'),
    ('{"layers": [2, 1], "activations": ["relu"], "loss": "mse", "weights": [\n[[1]]], '
     '"biases": [[0]], "x": [1, 2], "y": [1]}', 2, "[1]"),
    ('{"layers": [2, 1], "activations": ["relu"], "loss": "mse", "weights": [[[1, 2]]], '
     '"biases": [[0]], "x": [[1, 2],\n [3, "a"]], "y": [1, 2]}', 2, '"a"'),
    ('{"layers": [2, 1.5], "activations": ["relu"], "loss": "mse"}', 1, "1.5"),
    ('{"layers": [2, 1], "activations": ["relu"], "loss": "mse",\n "x": [1, 2]}', 2, '"x"'),
    ('{"layers": [2, 1], "activations": ["relu"],\n "loss": "mse", "x": [1, NaN]}', 2, "NaN"),
    ('{"layers": [2, 1], "activations": ["relu"],\n "layers": [1, 1]}', 2, '"layers"'),
    ('{"layers": [2, 1] "loss": "mse"}', 1, '"loss"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "pointed"), PLACES)
def test_errors_point_into_the_text(text, line, pointed):
    with pytest.raises(CorrigeError) as caught:
        read_record(text)
    span = caught.value.span
    assert span is not None
    assert span.line == line
    assert text.split("\n")[line - 1][span.column - 1 :].startswith(pointed)
    assert "^" in caught.value.report()


def test_the_page_on_networks_lists_every_name_and_field():
    from dataclasses import fields
    from pathlib import Path

    from solver.network.activation_rows import ROWS, VECTORS
    from solver.network.fields import Fields
    from solver.network.losses import LOSSES

    page = (Path(__file__).parent.parent / "docs" / "networks.md").read_text(encoding="utf-8")
    for name in (*ROWS, *VECTORS, *LOSSES, *(f.name for f in fields(Fields))):
        assert f"`{name}`" in page, name


def test_the_examples_of_the_help_are_answered():
    import re

    from solver.cli.network import network
    from solver.network.report import network_report

    found = re.findall(r"\{\"layers.*?\}(?=\s*$|')", network.help or "", re.S | re.M)
    assert len(found) == 3
    for text in found:
        assert "hecked" in network_report(text, to="text")


def test_a_parameter_that_divides_is_not_zero():
    with pytest.raises(CorrigeError, match="not 0"):
        make_record({"layers": [1, 1], "activations": ["celu(0)"], "loss": "sum"})

"""What a careless or hostile user gives to the verbs: exit code 2, nothing on standard output, one message.

`CORRIGE_DEBUG` is set in tests, so that a fault of our own is an exception here and not a message.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.cli import main
from solver.cli.clock import within
from solver.cli.shared import printable
from solver.derivation.cost import MAX_WORK, size_of
from solver.errors import ExpressionError, OutOfTime, Span
from solver.expression.reader import read_expression
from solver.expression.tree import Symbol


def run(*arguments: str, text: str | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments), input=text, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def refused(*arguments: str) -> str:
    code, out, err = run(*arguments)
    assert (code, out) == (2, ""), (arguments, code, out[:80], err[:200])
    assert err.strip()
    assert "Traceback" not in err
    return err


# ---- arguments ----------------------------------------------------------------------------------

MINUS = [
    ["derive", "-x^2"],
    ["derive", "-x^2", "--to", "json"],
    ["derive", "--to", "json", "-x^2"],
    ["derive", "--to=json", "-x^2"],
    ["derive", "--", "-x^2"],
    ["derive", "--", "-x^2", "--to", "json"],
    ["derive", "--to", "json", "--", "-x^2"],
    ["derive", "--wrt", "x", "-x^2"],
    ["derive", "-hx", "--wrt", "hx"],
    ["derive", "--", "--x"],
    ["descend", "-w^2", "--start", "-1", "--rate", "0.1"],
    ["descend", "--start", "-1", "--rate", "0.1", "-w^2"],
    ["descend", "--", "-w^2", "--start=-1", "--rate", "0.1"],
    ["graph", "-x*y", "--at", "x=-1"],
    ["graph", "--at", "x=-1", "--", "-x*y"],
]


@pytest.mark.parametrize("arguments", MINUS, ids=" ".join)
def test_an_expression_may_begin_with_a_minus_wherever_it_stands(arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, err) == (0, "")
    assert out


@pytest.mark.parametrize(
    ("arguments", "piece"),
    [
        (["derive", "x", "y"], "quote it whole: 'x y'"),
        (["derive", "-w", "x"], "quote it whole: '-w x'"),
        (["derive", "--x"], "No such option"),
        (["derive", "x", "--wrtt", "x"], "--wrt"),
        (["derive"], "Missing argument"),
        (["derive", "x", "--order", "0"], "--order"),
        (["derive", "x", "--order", "a"], "--order"),
        (["derive", "x", "--to", "xml"], "--to"),
        (["derive", "x", "--wrt"], "--wrt"),
    ],
)
def test_arguments_that_make_no_sense(arguments: list[str], piece: str) -> None:
    assert piece in refused(*arguments)


# ---- values of options --------------------------------------------------------------------------

BAD_NUMBERS = [
    "",
    "x",
    "nan",
    "inf",
    "1/0",
    "1,,2",
    "0x10",
    "1+1j",
    "(",
    "9^9^9^9",
    "\x00",
    "\ud800",
    "2^0.5^",
]


@pytest.mark.parametrize("number", BAD_NUMBERS, ids=repr)
@pytest.mark.parametrize("option", ["--start", "--rate", "--steps", "--beta"])
def test_options_that_are_no_numbers(option: str, number: str) -> None:
    given = {"--start": "1", "--rate": "0.1", "--steps": "3", "--beta": "0.9"} | {option: number}
    words = [word for pair in given.items() for word in pair]
    refused("descend", "w^2", "--method", "momentum", *words)


@pytest.mark.parametrize("option", ["--start", "--rate"])
def test_numbers_beyond_floats_are_refused(option: str) -> None:
    for number in ("1e400", "-1e301", "1e-400"):
        given = {"--start": "1", "--rate": "0.1"} | {option: number}
        assert "1e300" in refused(
            "descend", "ln(w) + w^2", *(word for pair in given.items() for word in pair)
        )


def test_a_greek_name_is_printed_in_every_format() -> None:
    for to in ("text", "markdown", "latex", "json"):
        assert run("descend", "sigma^2 + \\mu^2", "--start", "1,1", "--rate", "0.1", "--to", to)[0] == 0


@pytest.mark.parametrize("wrt", ["", ",", "x,", "2", "x+1", "z y", "x;y", "e", "\u202e", "x,2"])
@pytest.mark.parametrize("verb", ["derive", "graph", "descend"])
def test_variables_that_are_none(verb: str, wrt: str) -> None:
    more = ["--start", "1,1", "--rate", "0.1"] if verb == "descend" else []
    if wrt == "x," and verb == "descend":
        pytest.skip("a trailing comma is passed over")
    refused(verb, "x^2 + y^2", "--wrt", wrt, *more)


@pytest.mark.parametrize(
    "at", ["", "x", "=", "x=", "x==1", "q=1", "x=y", "x=1,x=2", "x=1/0", "x=nan", "x=1;y=2", "x=\x00", ","]
)
def test_points_that_are_none(at: str) -> None:
    refused("graph", "x*y", "--at", at)


# ---- records ------------------------------------------------------------------------------------

GOOD = {"layers": [2, 2, 1], "activations": ["relu", "identity"], "loss": "mse"}
NUMBERS = GOOD | {
    "weights": [[[1, 0.5], [-1, 2]], [[1, 1]]], "biases": [[0, 0], [1]], "x": [1, 2], "y": [3],
}  # fmt: skip
BAD_RECORDS = [
    "", "{", "[]", "null", "3", '"x"', "{oops}", '{"layers": [2, 1], "layers": [2, 1]}',
    "[" * 5000, '{"a":' * 3000,
    json.dumps(GOOD)[:-1], json.dumps(GOOD) + "}", json.dumps(GOOD | {"layers": [10**9, 10**9]}),
    "\ufeff\ufeff{}",
    *(json.dumps({k: v for k, v in GOOD.items() if k != key}) for key in GOOD),
    *(json.dumps(GOOD | {key: value}) for key in ("layers", "activations", "loss", "biases", "x", "notation")
      for value in (1, "", "\x00", [None], {"a": 1}, [[[]]], True)),
    *(json.dumps(NUMBERS | {key: value}) for key in ("weights", "biases", "x", "y")
      for value in ("x", [[]], [["a"]], [[1, 2, 3]], [1, 2, "1/0"], ["9^9^9", 1], [[None, 1]], {"a": 1})),
    json.dumps(NUMBERS).replace("0.5", "NaN"), json.dumps(NUMBERS).replace("0.5", "-Infinity"),
    json.dumps(NUMBERS).replace("0.5", "1e999999"), json.dumps(NUMBERS).replace("0.5", "9" * 5000),
    json.dumps(NUMBERS).replace("0.5", "1e99999999999999999999"),
]  # fmt: skip


@pytest.mark.parametrize("to", ["text", "json"])
def test_records_that_are_none(tmp_path: Path, to: str) -> None:
    path = tmp_path / "record.json"
    for record in BAD_RECORDS:
        path.write_text(record, encoding="utf-8")
        assert "record.json" in refused("network", str(path), "--to", to)


def test_saturation_far_out_is_told_and_not_written(tmp_path: Path) -> None:
    path = tmp_path / "far.json"
    far = {"layers": [1, 1], "activations": ["tanh"], "loss": "bce", "weights": [[[1000]]], "biases": [[0]]}
    path.write_text(json.dumps(far | {"x": [10**30], "y": [1]}), encoding="utf-8")
    assert "too far out" in refused("network", str(path))
    assert run("network", str(path), "--to", "json")[0] == 0


def test_numbers_too_long_to_print_are_told() -> None:
    assert "too large" in refused("derive", "e^x", "--at", "x=1e9")
    for at in ("20000", "-20000"):
        for to in ("text", "json"):
            assert run("derive", "e^x", "--at", f"x={at}", "--to", to)[0] == 0
    assert "too large" in refused("derive", "x^9999", "--at", "x=1e300", "--to", "json")


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe{}")
    for verb in ("network", "check", "build", "verify"):
        for name in (str(tmp_path), str(tmp_path / "none"), str(tmp_path / "bytes")):
            refused(verb, name)


def test_a_bad_record_among_many_is_an_object_with_its_line() -> None:
    code, out, _ = run(
        "network", "-", "--to", "json", text=f"{json.dumps(GOOD)}\n\n{{oops\n{json.dumps(NUMBERS)}\n"
    )
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert ["error" in answer for answer in answers] == [False, True, False]
    assert answers[1]["error"]["line"] == 3


# ---- what is legal and too heavy ----------------------------------------------------------------

HEAVY = [
    "sin(" * 190 + "x" + ")" * 190,
    "*".join(["x"] * 4900),
    "*".join(f"(x+{i})" for i in range(900)),
    "x^" * 190 + "x",
    "1/(1+" * 90 + "x" + ")" * 90,
]
TOO_LARGE = [
    "(" * 201 + "x" + ")" * 201,
    "+".join(["x"] * 2001),
    "x" * 10_001,
    "9^9^9^9",
    "x/2" + "/2" * 300,
    "x" * 131_073,
]


@pytest.mark.parametrize("text", HEAVY + TOO_LARGE, ids=[t[:12] for t in HEAVY + TOO_LARGE])
def test_heavy_input_is_refused_at_once(text: str) -> None:
    started = process_time()
    refused("derive", text)
    refused("descend", text, "--start", "1", "--rate", "0.1")
    assert process_time() - started < 2


def test_a_derivative_is_measured_before_it_is_written() -> None:
    x = Symbol("x")
    size = size_of(read_expression("(x + 1)(x + 2)(x + 3)"), x)
    assert (size.nodes, size.levels) == (10, 3)
    assert size.derivative == 3 * (10 - 3) + 3 * 2
    assert size_of(read_expression("sin(y)"), x).derivative == 0
    ordinary = read_expression("tanh(w_1 x + b)^2 e^(-x^2/2)/(1 + ln(1 + x^2))")
    measured = size_of(ordinary, x)
    assert measured.derivative * measured.levels < MAX_WORK / 100


def test_the_clock_stops_what_computes_too_long() -> None:
    with pytest.raises(OutOfTime, match="too heavy"):
        _compute_for_ever()
    with within(5), within(0.0001):  # inside another limit there is no second one
        sum(range(100_000))


def _compute_for_ever() -> None:
    with within(0.05):
        while True:
            sum(range(1000))


def test_the_clock_gives_each_line_its_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.cli.clock.LIMIT", 0.02)
    code, out, _ = run("derive", "-", "--to", "json", text="x^2\n" + "e^(" * 60 + "x" + ")" * 60 + "\n1/2x\n")
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert "too heavy" in answers[1]["error"]["message"]
    assert answers[2]["error"]["line"] == 3


# ---- any text -----------------------------------------------------------------------------------

_TEXTS = st.one_of(
    st.text(max_size=20),
    st.text(st.sampled_from("xy23(+)|^_{}\\,/*- .eσ²√="), max_size=16),
    st.sampled_from(
        ["x^2 y", "1/x", "ln(x y)", "|x|", "max(0, x)", "sqrt(x)", "f(x)", "x^x", "0", "tan(x)", "0^x"]
    ),
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(_TEXTS, st.sampled_from(["text", "json", "latex", "markdown"]))
def test_any_text_given_to_derive(text: str, to: str) -> None:
    _told("derive", "--to", to, "--wrt", "x", "--", text)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(_TEXTS, st.sampled_from(["x=1", "x=0,y=-1", "y=1/3"]), st.sampled_from(["text", "json"]))
def test_any_text_given_to_graph(text: str, at: str, to: str) -> None:
    _told("graph", "--to", to, "--at", at, "--", text)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(_TEXTS, st.sampled_from(["1", "-1/3", "0", "1,2"]), st.sampled_from(["0.1", "10", "1e-9", "-1"]))
def test_any_text_given_to_descend(text: str, start: str, rate: str) -> None:
    _told("descend", "--start", start, "--rate", rate, "--to", "json", "--", text)


def _told(*arguments: str) -> None:
    if arguments[-1] == "-":  # reads standard input
        return
    code, out, err = run(*arguments)
    if code == 2:
        assert out == ""
        assert err.strip()
    else:
        assert code == 0
        assert out


# ---- messages -----------------------------------------------------------------------------------


def test_the_caret_stands_below_what_a_terminal_shows() -> None:
    rows = ExpressionError("…", span=Span(1, 3), source="漢\u0301\x00x").report().splitlines()
    assert rows[1] == "  漢\u0301\\x00x"
    assert rows[2] == "  " + "  " + "^^^^"
    cut = ExpressionError("…", span=Span(1, 301, 500), source="x" * 1000).report().splitlines()
    assert cut[1].startswith("  …x")
    assert cut[1].endswith("x…")
    assert cut[1][cut[2].index("^")] == "x"
    assert len(cut[1]) < 130
    assert printable("a\ud800\u202e") == "a\\ud800\\u202e"


def test_the_command_itself_ends_with_2_and_says_one_thing() -> None:
    """In a process of its own, as a shell meets it."""
    for words in (["derive", "1/2x"], ["network", "none.json"]):
        ran = subprocess.run(
            [sys.executable, "-m", "solver.cli", *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.startswith("error: ")
        assert "Traceback" not in ran.stderr

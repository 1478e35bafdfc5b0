"""Messages about options: the fault is at the item that is wrong, and says what would be right."""

from __future__ import annotations

import re

import pytest

from solver.errors import CorrigeError, SheetError, Span
from solver.questions.base import Scope, read_request
from solver.sheet.model import OptionText


def request(kind: str, **options: str) -> object:
    texts = {k: OptionText(v, Span(1, 1)) for k, v in options.items()}
    scope = Scope()
    return read_request(kind, texts, scope).solve(scope)


@pytest.mark.parametrize(
    ("kind", "options", "word", "column"),
    [
        ("activations", {"functions": "swish, gellu"}, "gellu", 8),
        ("activations", {"functions": "gelu,  sigmod , tanh"}, "sigmod", 8),
        ("activations", {"functions": "tanh", "ask": "images, image"}, "images", 1),
        ("activations", {"functions": "tanh", "ask": "image, imag"}, "imag", 8),
        ("vanishing", {"function": "sigmod", "depth": "K"}, "sigmod", 1),
        ("rates", {"of": "w^2", "start": "1", "rates": "1/2, foo"}, "foo", 6),
        ("comparison", {"of": "x^2 + y^2", "starts": "(1, 1), (a, 2)", "rates": "1/2"}, "a", 10),
    ],
)
def test_the_item_at_fault_is_pointed_at(kind: str, options: dict[str, str], word: str, column: int) -> None:
    with pytest.raises(CorrigeError) as caught:
        request(kind, **options)
    assert f"“{word}”" in str(caught.value)
    assert caught.value.span == Span(1, column, len(word))


@pytest.mark.parametrize(
    ("kind", "options", "option", "message"),
    [
        ("critical-points", {"of": "5"}, "of", "this is a constant"),
        ("descent", {"of": "w^2", "start": "1", "rate": "-1/10"}, "rate", "must be positive, found -1/10"),
        ("rates", {"of": "w^2", "start": "1", "rates": "1, 0"}, "rates", "must be positive, found 0"),
        ("comparison", {"of": "w^2", "starts": "1", "rates": "-2"}, "rates", "must be positive, found -2"),
        ("optimiser", {"of": "w^2", "start": "1", "rate": "0"}, "rate", "must be positive, found 0"),
        (
            "descent",
            {"of": "w - ln(w)", "start": "-1", "rate": "1/10"},
            "start",
            "start -1 is outside of the domain: w > 0",
        ),
        ("descent", {"of": "1/w", "start": "0", "rate": "1/10"}, "start", "outside of the domain: w != 0"),
        (
            "descent",
            {"of": "sqrt(w)", "start": "0", "rate": "1/10"},
            "start",
            "derivative is not defined at the start 0",
        ),
        ("comparison", {"of": "ln(w)", "starts": "1, -1", "rates": "1"}, "starts", "start -1 is outside"),
        ("optimiser", {"of": "ln(x) + y^2", "start": "-1, 2", "rate": "1"}, "start", "x > 0 is needed"),
        ("autograd", {"of": "L = ln(1 + w*x)", "at": "w = -1, x = 2"}, "at", "ln(b) has no value at b = -1"),
        ("graph", {"of": "L = ln(1 + w*x)", "at": "w = -1, x = 2"}, "at", "ln(b) has no value at b = -1"),
    ],
)
def test_the_option_at_fault_is_named(kind: str, options: dict[str, str], option: str, message: str) -> None:
    with pytest.raises(SheetError, match=re.escape(message)) as caught:
        request(kind, **options)

    assert caught.value.option == option

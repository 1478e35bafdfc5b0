"""What a layer prints, read again: shapes fit as written, and the value is the formula's."""

from __future__ import annotations

import re

import numpy as np
import pytest

from solver.layer.catalogue import LAYERS, LOSSES, named_layer
from solver.layer.derive import backward
from solver.layer.model import Layer
from solver.layer.notation import read_layer
from solver.layer.numpy_text import NumpyWriter
from solver.layer.printer import show
from solver.layer.reverse import gradient_name
from solver.layer.rule_formulas import rule_formula, rule_letters
from solver.layer.styles import LATEX, TEXT
from solver.layer.tree import Name
from solver.layer.vjp import RULES
from solver.questions.layer_case import small_case

SIZES = {"N": 3, "D": 4, "K": 5, "M": 2, "P": 6, "H": 7, "L": 6, "R": 3, "S": 2}
OWN = {
    "temperature": "X: N x D\nt: scalar given\nZ = X / t\nE = exp(Z)\ns = E 1\nY = E / s",
    "scaled rows": "X: N x D\nr: N x 1\nq: N x 1\nY = X * (r * q)",
}
NAMED = [*(name for name in LAYERS if name != "conv2d"), *(f"loss:{name}" for name in LOSSES), "rnn"]
"""⋆ and ∗ of `conv2d` are signs of answers: they are not read."""


def layer_of(name: str) -> Layer:
    return read_layer(OWN[name], name) if name in OWN else named_layer(name)


def letters_of(layer: Layer) -> dict[Name, str]:
    """A plain name for each matrix and each gradient of a layer."""
    names = [Name(name, of) for name, of in layer.shapes.items()]
    return {name: f"q{place}" for place, name in enumerate([*names, *map(gradient_name, names)])}


def read_again(latex: str, layer: Layer) -> Layer:
    """The printed formula as an equation, where every name of the layer and every gradient is an input."""
    letters = letters_of(layer)
    text = latex.replace(r"\sigma(", r"\operatorname{sigmoid}(")
    for name in sorted(letters, key=lambda name: -len(show(name, LATEX))):
        sign = re.escape(show(name, LATEX))
        text = re.sub(rf"(?<![A-Za-z\\]){sign}(?![A-Za-z0-9_])", f" {letters[name]} ", text)
    declared = [f"{letter}: {name.of[0]} x {name.of[1]}" for name, letter in letters.items()]
    used = " + ".join(f"sum({letter})" for letter in letters.values())
    return read_layer("\n".join([*declared, f"VALUE = {text}", f"REST = {used}", "output VALUE, REST"]), "x")


@pytest.mark.parametrize("name", [*NAMED, *OWN])
def test_a_printed_line_is_what_it_says(name: str) -> None:
    """A row or a column that is repeated keeps its ⊙: `(1/(N s) ⊙ (T 𝟏)) 𝟏ᵀ`, not `1/(N s) T 𝟏 𝟏ᵀ`."""
    layer = layer_of(name)
    source = np.random.default_rng(5)
    letters = letters_of(layer)
    space: dict[str, object] = {"np": np}
    for matrix, letter in letters.items():
        shape = [dim.value(SIZES) for dim in matrix.of]
        space[letter] = space[matrix.name] = source.uniform(0.2, 0.8, size=shape)
    for adjoint in backward(layer).adjoints:
        for formula in (adjoint.raw, adjoint.tidy):
            again = read_again(show(formula, LATEX), layer)
            (found,) = (e for e in again.equations if e.target.name == "VALUE")
            value = eval(NumpyWriter(again).expression(found.expression), dict(space))
            expected = eval(NumpyWriter(layer).expression(formula), dict(space))
            assert np.allclose(value, expected), show(formula, TEXT)


def test_the_letters_of_the_rules_are_free() -> None:
    """The targets of a loss are T, so the result of an operation is not."""
    loss = named_layer("loss:cross_entropy_logits")
    assert rule_formula("entrywise_product", TEXT, loss.letters) == "R = A ⊙ B ⟹ dA = dR ⊙ B"
    assert rule_formula("repeated_column", TEXT, loss.letters) == "R = q 𝟏ᵀ ⟹ dq = dR 𝟏"
    for name in NAMED:
        taken = named_layer(name).letters
        letters = rule_letters(taken).values()
        assert len(set(letters)) == len(letters)
        assert taken.isdisjoint(letters)
        for rule in RULES:
            assert rule_formula(rule, LATEX, taken)


def test_a_small_entry_is_not_rounded_to_nothing() -> None:
    """4·10⁻⁵ is not `0.0000`; what is 0 stays 0."""
    case = small_case(backward(read_layer(OWN["temperature"], "temperature")))
    assert case is not None
    shown = " ".join(grid.latex for line in case.found for grid in line)
    assert r"10^{-" in shown
    assert "0.0000" not in shown

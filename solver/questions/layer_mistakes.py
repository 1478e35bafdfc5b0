"""What usually goes wrong in the backward pass of a layer, read off the rules that its derivation used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from solver.layer.model import Adjoint, Backward
from solver.layer.printer import show
from solver.layer.reverse import gradient_name
from solver.layer.shapes import ONE, SCALAR
from solver.layer.steps import received
from solver.layer.styles import LATEX
from solver.layer.tree import ColumnSums, Matrix, MatrixProduct, Name, Size, Transpose, walk


@dataclass(frozen=True)
class Mistake:
    """One mistake by `key`: `turned` (the gradient transposed), `unturned` (a factor transposed that should
    not be, or the reverse), `unsummed` (rows not added up), `mean` (factor forgotten), `uses`.

    `name` is the gradient as LaTeX, `right` its formula and `shape` its shape, `wrong` and `wrong_shape`
    those that are written by mistake (for `unturned` the shapes of its two factors, with `other_shape`);
    `code` is the matrix in NumPy, `count` a number of uses.
    """

    key: str
    name: str
    right: str = ""
    shape: str = ""
    wrong: str = ""
    wrong_shape: str = ""
    other_shape: str = ""
    code: str = ""
    count: int = 0


def mistakes(found: Backward) -> tuple[Mistake, ...]:
    """The mistakes that this layer invites, each kind once."""
    made: dict[str, Mistake] = {}
    for adjoint in found.results:
        for mistake in _of(found, adjoint):
            made.setdefault(mistake.key, mistake)
    return tuple(made.values())


def _of(found: Backward, adjoint: Adjoint) -> Iterator[Mistake]:
    name, right = show(gradient_name(adjoint.node), LATEX), show(adjoint.tidy, LATEX)
    shape = _shape(adjoint.node)
    product = next((n for n in walk(adjoint.tidy) if isinstance(n, MatrixProduct)), None)
    if product is not None and product.shape == adjoint.node.of:
        left, right_factor = product.left, product.right
        if isinstance(left, Transpose) and product.shape[0] != product.shape[1]:
            turned = MatrixProduct(_turned(right_factor), left.operand)
            yield Mistake("turned", name, show(product, LATEX), shape, show(turned, LATEX), _shape(turned))
        elif not isinstance(left, Transpose) and isinstance(right_factor, Name | Transpose):
            other = _turned(right_factor)
            if left.shape[1] != other.shape[0]:
                factors = f"{_factor(left)} {LATEX.side} {_factor(other)}"
                yield Mistake("unturned", name, right, shape, factors, _shape(left), _shape(other))
    rules = [rule for part in adjoint.contributions for rule in part.rules]
    if "repeated_row" in rules and adjoint.node.of[0] == ONE and isinstance(adjoint.tidy, ColumnSums):
        inner = adjoint.tidy.operand
        yield Mistake(
            "unsummed", name, right, shape, show(inner, LATEX), _shape(inner), code=adjoint.node.name
        )
    if not received(found.layer) and any(isinstance(n, Size) for n in walk(adjoint.tidy)):
        sizes = next(n for n in walk(adjoint.tidy) if isinstance(n, Size))
        yield Mistake("mean", name, right, shape, show(sizes, LATEX))
    users = {part.consumer for part in adjoint.contributions if part.consumer is not None}
    if len(users) > 1:
        wrong = next(part.gradient for part in adjoint.contributions if part.consumer is not None)
        yield Mistake("uses", name, show(adjoint.raw, LATEX), shape, show(wrong, LATEX), count=len(users))


def _factor(node: Matrix) -> str:
    text = show(node, LATEX)
    return text if isinstance(node, Name | Transpose) else LATEX.parentheses(text)


def _turned(node: Matrix) -> Matrix:
    return node.operand if isinstance(node, Transpose) else Transpose(node)


def _shape(node: Matrix) -> str:
    if node.shape == SCALAR:
        return r"1 \times 1"
    return LATEX.times.join(map(str, node.shape))

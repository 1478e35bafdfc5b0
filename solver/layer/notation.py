"""The notation of layers: one line for each shape or equation.

X: N x D              an input and its shape; `scalar` for a number, `given` after it for a constant
Z = X W^T + 1 b       an equation; side by side is the matrix product, 1 a column of ones
Y = gamma * Z         * ⊙ / ^ and functions act entry by entry; a row, a column, a number is repeated
output Y              the outputs, where they are not the last equation
assume T 1 = 1        the rows of T sum to 1: the gradients are written under that assumption too
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from solver.errors import CorrigeError, ExpressionError, Span, nearest
from solver.layer.latex_notation import plain_notation
from solver.layer.model import Layer
from solver.layer.parse import Scope, parse_equation
from solver.layer.shapes import SCALAR, Dim, Shape, letters, read_dim
from solver.layer.tree import Equation, Name, names_in

MAX_LINES = 300
MAX_CHARACTERS = 10_000
_DECLARED = re.compile(r"\s*(?P<name>[^\W\d]\w*)\s*:\s*(?P<shape>.*?)\s*$")
_DEFINED = re.compile(r"\s*(?P<name>[^\W\d]\w*)\s*=(?!=)")
_RESERVED = frozenset({"np", "output", "assume", "given", "scalar"})


@dataclass
class _Reading:
    """What has been read so far; lives while one text is read."""

    path: str | None
    inputs: dict[str, Name]
    equations: list[Equation]
    given: set[str]
    outputs: list[Name]
    sizes: set[str]
    assumed: list[Name]

    @property
    def names(self) -> dict[str, Name]:
        return {**self.inputs, **{e.target.name: e.target for e in self.equations}}


def read_layer(text: str, name: str, path: str | None = None) -> Layer:
    """A layer from its text. Raises ExpressionError with line, column and a suggestion."""
    if len(text) > MAX_CHARACTERS or text.count("\n") > MAX_LINES:
        raise ExpressionError(
            f"a layer has at most {MAX_CHARACTERS} characters and {MAX_LINES} lines", path=path
        )
    text = "\n".join(plain_notation(line) for line in text.splitlines())
    reading = _Reading(path, {}, [], set(), [], set(), [])
    for number, line in enumerate(text.splitlines(), start=1):
        bare = re.split(r"[%#]", line.replace("$", " "), maxsplit=1)[0]
        if not bare.strip():
            continue
        try:
            _read_line(bare, reading)
        except CorrigeError as fault:
            span = fault.span or Span(1, len(bare) - len(bare.lstrip()) + 1, len(bare.strip()))
            raise ExpressionError(
                fault.message,
                span=Span(number, span.column, span.length),
                source=text,
                path=path,
                hint=fault.hint,
            ) from None
    return _finished(reading, name)


def _read_line(line: str, reading: _Reading) -> None:
    if re.match(r"\s*output\b", line):
        return _outputs(line, reading)
    if re.match(r"\s*assume\b", line):
        return _assume(line, reading)
    declared, defined = _DECLARED.match(line), _DEFINED.match(line)
    if declared is not None and defined is None:
        return _declare(declared, line, reading)
    if defined is None:
        raise ExpressionError(
            "a shape or an equation is expected",
            hint="Write X: N x D for a shape, Y = X W^T + 1 b for an equation.",
        )
    return _define(defined, line, reading)


def _declare(match: re.Match[str], line: str, reading: _Reading) -> None:
    name = _fresh(match, reading)
    words = match["shape"].split()
    given = bool(words) and words[-1] == "given"
    text = " ".join(words[:-1] if given else words)
    shape = read_shape(text)
    if shape is None:
        start = match.start("shape")
        raise ExpressionError(
            f"the shape of {name} is expected as “N x D”, “1 x D” or “scalar”, found “{text}”",
            span=Span(1, start + 1, max(1, len(match["shape"]))),
        )
    reading.inputs[name] = Name(name, shape)
    reading.sizes |= set(letters([shape]))
    if given:
        reading.given.add(name)


def read_shape(text: str) -> Shape | None:
    if text in ("scalar", "1"):
        return SCALAR
    if text[:1] + text[-1:] in ("[]", "()"):
        text = text[1:-1].strip()
    parts = re.split(r"\s+x\s+|\s*×\s*|\s*,\s*", text)
    dims = [read_dim(part) for part in parts]
    if len(dims) != 2 or dims[0] is None or dims[1] is None or Dim((), 0) in dims:
        return None
    return dims[0], dims[1]


def _define(match: re.Match[str], line: str, reading: _Reading) -> None:
    name = _fresh(match, reading)
    names = reading.names
    scope = Scope(names, frozenset(reading.sizes) - set(names), name)
    expression, first = parse_equation(line, match.end(), scope)
    if first and expression == first[-1].target:
        first, expression = first[:-1], first[-1].expression
    taken = [e.target.name for e in first if e.target.name in names]
    if taken:
        raise ExpressionError(
            f"“{taken[0]}” is a name that {name} needs", hint="Give that matrix another name."
        )
    reading.equations += [*first, Equation(Name(name, expression.shape), expression)]


def _outputs(line: str, reading: _Reading) -> None:
    for match in re.finditer(r"[^\W\d]\w*", line):
        if match.group() == "output" and not reading.outputs and match.start() <= line.index("output"):
            continue
        known = {e.target.name: e.target for e in reading.equations}
        if match.group() not in known:
            raise ExpressionError(
                f"the output “{match.group()}” is defined by no equation above",
                span=Span(1, match.start() + 1, len(match.group())),
                hint=nearest(match.group(), known),
            )
        reading.outputs.append(known[match.group()])


def _assume(line: str, reading: _Reading) -> None:
    match = re.fullmatch(r"\s*assume\s+([^\W\d]\w*)\s+1\s*=\s*1\s*", line)
    if match is None:
        raise ExpressionError("an assumption is written “assume T 1 = 1”: the rows of T sum to 1")
    if match[1] not in reading.inputs:
        raise ExpressionError(
            f"“{match[1]}” is no input above",
            span=Span(1, match.start(1) + 1, len(match[1])),
            hint=nearest(match[1], reading.inputs),
        )
    reading.assumed.append(reading.inputs[match[1]])


def _fresh(match: re.Match[str], reading: _Reading) -> str:
    name, span = match["name"], Span(1, match.start("name") + 1, len(match["name"]))
    if name in reading.names:
        raise ExpressionError(
            f"“{name}” is defined twice", span=span, hint="Each name stands for one matrix."
        )
    if keyword.iskeyword(name) or name in _RESERVED or not name.isascii():
        raise ExpressionError(
            f"“{name}” cannot name a matrix: the formulas are also written for NumPy",
            span=span,
            hint="“lamda” is the usual spelling in code." if name == "lambda" else None,
        )
    if any("d" + other == name or "d" + name == other for other in reading.names):
        raise ExpressionError(f"“{name}” would be taken for a gradient (dX is ∂L/∂X)", span=span)
    return name


def _apart(output: Name, used: frozenset[str], reading: _Reading) -> Name:
    """An output that other equations use gets a second name: what it receives from outside is not all."""
    if output.name not in used:
        return output
    second = Name(f"{output.name}_out", output.of)
    if second.name in reading.names:
        raise ExpressionError(
            f"“{second.name}” is a name that the output {output.name} needs", path=reading.path
        )
    reading.equations.append(Equation(second, output))
    return second


def _finished(reading: _Reading, name: str) -> Layer:
    if not reading.equations:
        raise ExpressionError(
            "no equation is found", path=reading.path, hint="Write one, such as Y = X W^T + 1 b."
        )
    used = frozenset().union(*(names_in(e.expression) for e in reading.equations))
    unused = [n for n in reading.inputs if n not in used]
    if unused:
        raise ExpressionError(f"“{unused[0]}” has a shape but appears in no equation", path=reading.path)
    outputs = tuple(_apart(name, used, reading) for name in reading.outputs) or (
        reading.equations[-1].target,
    )
    return Layer(
        name,
        tuple(reading.inputs.values()),
        tuple(reading.equations),
        outputs,
        frozenset(reading.given),
        tuple(reading.assumed),
    )

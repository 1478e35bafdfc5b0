"""What `corrige graph` prints as Markdown and as a LaTeX fragment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from solver.expression.latex import latex
from solver.expression.tree import Expr
from solver.graph.answer import Report
from solver.graph.chain import Gradient, Path, factor
from solver.graph.report_text import LISTED, number_rows
from solver.graph.report_words import Words, closing, counts, remarks
from solver.graph.reverse import Adjoint


def markdown_report(found: Report, words: Words) -> str:
    """The answer as Markdown with `$math$`."""
    chain, graph = found.chain, found.chain.graph
    head = latex(graph.output)
    if chain.expression is not None:
        head += f" = {latex(chain.expression)}"
    parts = [f"# ${head}$", counts(found, words), f"## {words['nodes']}", _operations(found, words)]
    parts += remarks(found, words, _math)
    if len(graph.nodes) <= LISTED:
        parts += [f"## {words['paths']}"]
        parts += [
            f"$${_aligned(_path_rows(g))}$$" if g.paths else _untold(found, g, words) for g in chain.gradients
        ]
        parts += [f"## {words['backward'].format(output=_math(graph.output))}"]
        parts += [f"$${_aligned(_backward_rows(found))}$$"]
        if found.seeds:
            parts += [f"## {words['forward']}"]
            parts += [
                f"$${_aligned(_equation_rows(found, seed))}$$"
                for seed in found.tangents
                if found.tangents[seed]
            ]
    parts += [f"## {words['gradients']}", f"$${_aligned(_gradient_rows(found))}$$"]
    if found.point.values:
        given = found.point.expressions
        at = ", ".join(f"{latex(s)} = {latex(given[s.name])}" for s in graph.inputs if s.name in given)
        parts += [f"## {words['at' if found.complete else 'partial'].format(point=f'${at}$')}"]
        parts += [_table(number_rows(found, words))]
    return "\n\n".join([*parts, *closing(found, words, _math)])


def latex_report(found: Report) -> str:
    """The graph, the chain rule and the derivatives as one aligned display."""
    graph = found.chain.graph
    rows: list[Row] = [(latex(e.target), [latex(e.expression)]) for e in graph.equations]
    rows += _backward_rows(found)
    rows += _gradient_rows(found)
    return f"\\[{_aligned(rows)}\\]"


Row = tuple[str, Sequence[str]]


def _math(expr: Expr) -> str:
    return f"${latex(expr)}$"


def _aligned(rows: Iterable[Row]) -> str:
    """`left = side = side` with the first signs below one another; a row told twice stands once."""
    lines = [f"{left} &= " + " = ".join(dict.fromkeys(sides)) for left, sides in rows]
    return "\\begin{aligned}\n" + " \\\\\n".join(dict.fromkeys(lines)) + "\n\\end{aligned}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    lines = [head, [":--"] * len(head), *([_cell(cell) for cell in row] for row in body)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    return f"`{text}`".replace("|", r"\|") if text else ""


def _operations(found: Report, words: Words) -> str:
    entering: dict[str, list[str]] = {}
    for local in found.chain.locals:
        text = f"${local.latex} = {latex(local.expression)}$"
        if local.rank is not None:
            text = words["occurrence"].format(local=text, rank=local.rank)
        entering.setdefault(local.edge.target.name, []).append(text)
    rows = [
        f"| ${latex(e.target)} = {latex(e.expression)}$ | {'; '.join(entering.get(e.target.name, ()))} |"
        for e in found.chain.graph.equations
    ]
    head = f"| {words['operation_title']} | {words['locals_title']} |"
    return "\n".join([head, "|:--|:--|", *rows])


def _path_rows(gradient: Gradient) -> list[Row]:
    """∂L/∂w = ∂L/∂c · ∂c/∂a · ∂a/∂w = …, over all paths."""
    paths: tuple[Path, ...] = gradient.paths or ()
    partials = " + ".join(path.partials for path in paths if path.locals)
    sides = [*([partials] if partials else []), *gradient.lines]
    return [(latex(gradient.symbol), [sides[0]]), *(("", [side]) for side in sides[1:])]


def _untold(found: Report, gradient: Gradient, words: Words) -> str:
    if gradient.paths is None:
        return f"{_math(gradient.symbol)}{words['colon']} {words['many']}."
    text = words["no_path"].format(node=_math(gradient.variable), output=_math(found.chain.graph.output))
    return f"${latex(gradient.symbol)} = 0${words['colon']} {text}."


def _backward_rows(found: Report) -> list[Row]:
    chain = found.chain
    output = chain.graph.output.name
    return [
        (latex(a.symbol), [*_sent(a, output), latex(chain.named[a.node.name])])
        for a in chain.backward.adjoints
    ]


def _sent(adjoint: Adjoint, output: str) -> list[str]:
    """∂L/∂consumer · local, added up over the uses."""
    terms = [
        latex(c.local)
        if c.consumer.name == output
        else rf"{latex(c.adjoint)} \cdot {factor(c.local, first=False)}"
        for c in adjoint.contributions
    ]
    return [" + ".join(terms)] if terms else []


def _equation_rows(found: Report, seed: str) -> list[Row]:
    return [(latex(e.target), [latex(e.expression)]) for e in found.tangents[seed]]


def _gradient_rows(found: Report) -> list[Row]:
    return [(latex(g.symbol), [latex(form) for form in found.formulas(g)]) for g in found.chain.gradients]

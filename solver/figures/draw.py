"""From a specification to the bytes of an SVG and of a PDF, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Mapping

from solver.document.figure import Diagram, FigureSpec, Plot
from solver.figures import style
from solver.figures.diagram import draw_diagram
from solver.figures.plot import draw_plot

# Nothing that changes from day to day or tells of the machine goes into the files.
_METADATA: Mapping[str, Mapping[str, None]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def draw(spec: FigureSpec, *, terms: Mapping[str, str], lang: str) -> dict[str, bytes]:
    """The drawing as `{"svg": …, "pdf": …}`, 16 cm wide at most, numbers written as the language writes them.

    Raises TypeError for what is no figure specification.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    with mpl.rc_context():
        mpl.rcdefaults()  # a matplotlibrc of the reader's must not change the drawing
        mpl.rcParams.update(dict(style.RC))
        match spec:
            case Plot():
                figure = draw_plot(spec, terms, lang)
            case Diagram():
                figure = draw_diagram(spec, terms, lang)
            case _:
                raise TypeError(f"no drawing is known for {type(spec).__name__}")
        found = {}
        for name, canvas in (("svg", FigureCanvasSVG), ("pdf", FigureCanvasPdf)):
            stream = io.BytesIO()
            canvas(figure).print_figure(stream, format=name, metadata=dict(_METADATA[name]))
            found[name] = stream.getvalue()
    return found

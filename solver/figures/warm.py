"""Loads what drawing needs before the first specification comes."""

from __future__ import annotations


def warm() -> None:
    """Imports the library and draws a trifle to nowhere, which loads the fonts."""
    from solver.document.figure import Curve, Panel, Plot
    from solver.figures.draw import draw

    line = Curve(((0.0, 0.0), (1.0, 1.0)), "$x$")
    draw(Plot((Panel((line,), x_label="$x$"),)), terms={}, lang="fr")

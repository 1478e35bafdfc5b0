"""Frames: the page around the blocks, one Jinja template a format. The writer escapes; a frame only
places."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from solver.resources import template_text

if TYPE_CHECKING:
    from jinja2 import Environment, Template


@cache
def _environment() -> Environment:
    from jinja2 import Environment, StrictUndefined

    # LaTeX and Typst are full of braces: frames say << value >> and <% for … %>. No autoescape: the writer
    # has escaped every value for its own format, which Jinja does not know.
    return Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
    )


@cache
def _template(text: str) -> Template:
    return _environment().from_string(text)


def render_frame(relative: str, **values: object) -> str:
    """A frame of `templates/` filled with escaped values; a missing value is an error."""
    return _template(template_text(relative)).render(**values)

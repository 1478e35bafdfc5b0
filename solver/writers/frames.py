"""Frames: the page around the blocks, one Jinja template a format. The writer escapes; a frame only
places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from solver.errors import CorrigeError
from solver.resources import template_text

if TYPE_CHECKING:
    from jinja2 import Environment, Template


@dataclass(frozen=True, slots=True)
class Frames:
    """Where frames are looked for: in a teacher's own folder first, then in ours."""

    own: Path | None = None

    def render(self, relative: str, **values: object) -> str:
        """A frame filled with escaped values; a missing value, or one that a frame may not ask for, is an
        error."""
        if self.own is None or not (self.own / relative).is_file():
            return _template(template_text(relative), own=False).render(**values)
        from jinja2 import TemplateError

        try:
            return _template((self.own / relative).read_text(encoding="utf-8"), own=True).render(**values)
        except (TemplateError, UnicodeDecodeError, OSError) as error:
            raise CorrigeError(f"the frame {self.own / relative} cannot be used: {error}") from None


OURS = Frames()


@cache
def _environment(own: bool) -> Environment:
    from jinja2 import Environment, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    # LaTeX and Typst are full of braces: frames say << value >> and <% for … %>. No autoescape: the writer
    # has escaped every value for its own format, which Jinja does not know.
    return (SandboxedEnvironment if own else Environment)(
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
def _template(text: str, *, own: bool) -> Template:
    return _environment(own).from_string(text)

"""Typst source → PDF or SVG, in a folder of its own; the one module that calls the compiler."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from solver.errors import CorrigeError

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def compile_typst(
    source: str,
    files: Mapping[str, bytes] | None = None,
    *,
    form: Literal["pdf", "svg"] = "pdf",
    standards: tuple[Literal["ua-1", "1.5"], ...] = (),
    tagged: bool = True,
) -> bytes:
    """The PDF or the SVG (of one page) of a source and the files that it shows (by relative path).

    Typst sees a fresh folder that holds these files only, no system fonts and a fixed date: equal input
    gives equal bytes. Raises CorrigeError where the source does not compile.
    """
    import typst

    def run(main: str, **world: Any) -> Any:
        return typst.compile(
            main,
            format=form,
            pdf_standards=list(standards),
            pdf_tags=tagged,
            timestamp=int(_EPOCH.timestamp()),
            **world,
        )

    made = _compiled(source, files or {}, run)
    assert isinstance(made, bytes)
    return made


def measured(source: str, label: str) -> Any:
    """The value of the metadata labelled `label` in the compiled source."""
    import typst

    found = _compiled(source, {}, lambda main, **world: typst.query(main, f"<{label}>", **world))
    return json.loads(found)[0]["value"]


def _compiled(source: str, files: Mapping[str, bytes], run: Callable[..., Any]) -> Any:
    import typst

    with TemporaryDirectory(prefix="corrige-") as folder:
        root = Path(folder).resolve()
        for name, data in files.items():
            place = (root / name).resolve()
            if root not in place.parents:
                raise CorrigeError(f"the file “{name}” lies outside the document's folder")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        main = root / "document.typ"
        main.write_text(source, encoding="utf-8")
        nothing = str(root / "none")
        try:
            return run(
                str(main),
                root=str(root),
                font_paths=[],
                ignore_system_fonts=True,
                package_path=nothing,
                package_cache_path=nothing,
            )
        except typst.TypstError as error:
            raise CorrigeError(f"Typst could not set the document: {error}") from None
        except BaseException as error:
            # A panic of the compiler comes as an exception that is no Exception.
            if type(error).__name__ == "PanicException":
                raise CorrigeError("Typst could not set the document: the compiler gave up") from None
            raise

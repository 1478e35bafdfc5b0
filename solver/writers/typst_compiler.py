"""Typst source → PDF or SVG, in memory; the one module that calls the compiler."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Literal

from solver.errors import CorrigeError
from solver.resources import template_folder

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

    Typst sees these files only, no system fonts and a fixed date: equal input gives equal bytes.
    Raises CorrigeError where the source does not compile.
    """
    import typst

    def run(given: Any, **world: Any) -> Any:
        return typst.compile(
            given,
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
    return json.loads(_found(source, label, {}))[0]["value"]


def lay_out(source: str, files: Mapping[str, bytes]) -> None:
    """Lays the pages out and writes nothing; Typst remembers them for a document that begins alike.

    Raises what `compile_typst` raises.
    """
    _found(source, "nothing", files)


def _found(source: str, label: str, files: Mapping[str, bytes]) -> str:
    import typst

    found = _compiled(source, files, lambda given, **world: typst.query(given, f"<{label}>", **world))
    assert isinstance(found, str)
    return found


def _compiled(source: str, files: Mapping[str, bytes], run: Callable[..., Any]) -> Any:
    import typst

    for name in files:
        if name.startswith("/") or ".." in PurePosixPath(name).parts:
            raise CorrigeError(f"the file “{name}” lies outside the document's folder")
    texts = {name: data for name, data in files.items() if _is_text(data)}
    with _folder({name: data for name, data in files.items() if name not in texts}) as root:
        nothing = str(root / "none")
        try:
            return run(
                {**texts, "main.typ": source.encode()},
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


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _folder(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Where Typst looks for what is no text, which it takes from a folder only.

    Without such files it is our own frames' folder: nothing is written, so nothing waits for a disk.
    """
    if not files:
        yield template_folder() / "typst"
        return
    with TemporaryDirectory(prefix="corrige-") as folder:
        root = Path(folder).resolve()
        for name, data in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        yield root

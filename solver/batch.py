"""Many copies of one sheet: each a variant with its statement and its corrigé, then all of them together.

Copies are made side by side by `joblib`, on this machine or on a `dask` cluster; what is made comes back as
bytes and is written here. A copy that fails is reported at the end; what has not changed is not made again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

from solver.assembly import Options, Solved, document, pictures, statement
from solver.copies import Copy
from solver.errors import CheckFailed, CorrigeError
from solver.formats import render
from solver.marking import marking
from solver.messages import worded
from solver.pipeline import STEMS, write_all
from solver.plain_data import expected
from solver.press import Press
from solver.resources import terms
from solver.sheet.chance import FORMAT
from solver.solving import Progress, read_variant, require_sound, solve, text_of
from solver.writers.frames import Frames

_KEPT = ".made.json"
"""What a copy was made from, and its answers, beside its files."""


@dataclass(frozen=True)
class Made:
    """One copy: its files by name, its variant and its expected answers by path; or the fault that it met."""

    copy: Copy
    lang: str = "fr"
    files: Mapping[str, bytes] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    checked: int = 0
    fault: str | None = None
    failed_check: bool = False


@dataclass(frozen=True)
class Batch:
    """What a batch wrote: its paths, how many copies were made and kept, and the faults by copy."""

    paths: tuple[Path, ...]
    made: int
    kept: int
    checked: int
    faults: tuple[Made, ...]


def build_copies(
    path: Path,
    copies: Sequence[Copy],
    output: Path,
    options: Options,
    *,
    views: tuple[str, ...] = ("statement", "solution"),
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Batch:
    """Makes every copy that has changed since the last run, then the combined files.

    Into `output/<stem>/`: `copies/<number>/…` and, for printing, all statements and all corrigés as one PDF
    each; the expected answers as CSV and JSON. Raises CorrigeError where nothing can be made at all.
    """
    text = text_of(path)
    folder = output / path.stem
    keys = {copy.folder: _key(text, copy, options, views) for copy in copies}
    entries = {
        c.folder: found for c in copies if (found := _kept(folder / "copies" / c.folder, keys[c.folder]))
    }
    fresh = [c for c in copies if c.folder not in entries]
    faults: list[Made] = []
    say = progress or (lambda stage, share: None)
    started = monotonic()
    for done, made in enumerate(_run(text, str(path), fresh, options, views, jobs, cluster), 1):
        say(_left(done, len(fresh), monotonic() - started), 0.95 * done / len(fresh))
        if made.fault is not None:
            faults.append(made)
            continue
        entry = _entry(made, keys[made.copy.folder])
        note = json.dumps(entry, ensure_ascii=False).encode()
        write_all(folder / "copies" / made.copy.folder, "", {**made.files, _KEPT: note})
        entries[made.copy.folder] = entry
    if not entries:
        first = faults[0]
        raise (CheckFailed if first.failed_check else CorrigeError)(f"no copy could be made; {first.fault}")
    done_copies = [c for c in copies if c.folder in entries]
    say("join", 0.95)
    lang = options.lang or str(entries[done_copies[0].folder]["lang"])
    files = _joined(folder, done_copies, entries, lang, views) | _answers(done_copies, entries)
    write_all(folder, "", files)
    faults.sort(key=lambda m: m.copy.number)
    checked = sum(int(entries[c.folder]["checked"]) for c in done_copies)
    paths = tuple(folder / name for name in files)
    return Batch(paths, len(fresh) - len(faults), len(copies) - len(fresh), checked, tuple(faults))


# ---- one copy ---------------------------------------------------------------------------------


def make_copy(text: str, path: str, copy: Copy, options: Options, views: tuple[str, ...]) -> Made:
    """One copy, as bytes; a fault is part of what comes back, so that the others go on."""
    options = replace(options, seed=copy.seed, name=copy.name)
    try:
        sheet = read_variant(text, path, copy.seed, options.lang)
        lang = options.lang or sheet.metadata.lang
        solved = solve(sheet, lang=lang)
        require_sound(solved)
        files: dict[str, bytes] = {}
        for view in views:
            files |= _files(solved, replace(options, view=view), STEMS[lang, view])
        drawn = sheet.variant.values if sheet.variant else {}
        values = {name: str(value) for name, value in drawn.items()}
        answers = expected(solved.facts)
        return Made(copy, lang, files, values, answers, solved.tally.total)
    except CorrigeError as fault:
        return Made(
            copy, fault=fault.report(worded(options.lang)), failed_check=isinstance(fault, CheckFailed)
        )
    except RecursionError:
        return Made(copy, fault=worded(options.lang)("the sheet is nested too deeply"))


def _files(solved: Solved, options: Options, stem: str) -> dict[str, bytes]:
    if options.view == "statement":
        made = statement(solved.sheet, options)
    else:
        made = marking(solved, options) if options.view == "marking" else document(solved, options)
    studio = _studio(made.metadata.lang)
    studio.clear()
    for name, spec in made.figures.items():
        studio.request(name, spec)
    with Press(f"{stem}-figures", Frames(options.templates), pictures(solved.sheet)) as press:
        return render(made, options.formats, stem, studio.results, press)


@cache
def _studio(lang: str) -> Any:
    """The drawing process of this worker, kept from copy to copy; it ends when this process does."""
    import atexit

    from solver.figures.process import Studio

    studio = Studio(lang, terms(lang))
    atexit.register(studio.close)
    return studio


# ---- side by side -----------------------------------------------------------------------------


def _run(
    text: str, path: str, copies: Sequence[Copy], options: Options, views: tuple[str, ...], jobs: int,
    cluster: str | None,
) -> Iterable[Made]:  # fmt: skip
    """The copies as they are made, in any order."""
    if not copies:
        return ()
    if jobs == 1 and cluster is None:
        return (make_copy(text, path, copy, options, views) for copy in copies)
    return _parallel(text, path, copies, options, views, jobs, cluster)


def _parallel(
    text: str, path: str, copies: Sequence[Copy], options: Options, views: tuple[str, ...], jobs: int,
    cluster: str | None,
) -> Iterator[Made]:  # fmt: skip
    from joblib import Parallel, delayed

    with _backend(cluster):
        workers = Parallel(
            n_jobs=jobs if cluster is None else -1, return_as="generator_unordered", batch_size=1
        )
        yield from workers(delayed(make_copy)(text, path, copy, options, views) for copy in copies)


@contextmanager
def _backend(cluster: str | None) -> Iterator[None]:
    """joblib's own processes, or the workers of a dask scheduler at `cluster`."""
    if cluster is None:
        yield
        return
    try:
        from distributed import Client
        from joblib import parallel_config
    except ImportError:
        raise CorrigeError(
            "a cluster needs dask, which is not installed", hint="Install it: pip install 'corrige[cluster]'."
        ) from None
    try:
        client = Client(cluster, timeout=10)
    except (OSError, ValueError) as error:
        raise CorrigeError(f"no dask scheduler answers at {cluster}: {error}") from None
    with client, parallel_config(backend="dask", client=client):
        yield


def _left(done: int, total: int, seconds: float) -> str:
    left = seconds / done * (total - done)
    shown = f"{left:.0f} s" if left < 100 else f"{left / 60:.0f} min"
    return f"copy {done} of {total}, {shown} left"


# ---- what is kept -----------------------------------------------------------------------------


@cache
def _software() -> str:
    """What a copy depends on besides its sheet: the version of every source and template of ours."""
    from solver.resources import template_folder

    digest = sha256(str(FORMAT).encode())
    for base in (Path(__file__).parent, template_folder()):
        for source in sorted(p for p in base.rglob("*") if p.suffix in (".py", ".j2", ".toml")):
            digest.update(str(source.relative_to(base)).encode() + source.read_bytes())
    return digest.hexdigest()


def _key(text: str, copy: Copy, options: Options, views: tuple[str, ...]) -> str:
    own = [_software(), text, repr(sorted(asdict(copy).items())), repr(options), repr(views)]
    if options.templates is not None:
        own += [p.read_text("utf-8", "replace") for p in sorted(options.templates.rglob("*")) if p.is_file()]
    return sha256("\0".join(own).encode("utf-8", "surrogatepass")).hexdigest()


def _entry(made: Made, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "lang": made.lang,
        "values": dict(made.values),
        "answers": dict(made.answers),
        "checked": made.checked,
        "files": {name: sha256(data).hexdigest() for name, data in made.files.items()},
    }


def _kept(folder: Path, key: str) -> dict[str, Any] | None:
    """What is noted of a copy, where its files lie there as they were made from the same text by the same
    software; else None."""
    try:
        entry: dict[str, Any] = json.loads((folder / _KEPT).read_text("utf-8"))
        if entry["key"] != key:
            return None
        whole = all(
            sha256((folder / name).read_bytes()).hexdigest() == digest
            for name, digest in entry["files"].items()
        )
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return None
    return entry if whole else None


# ---- all together -----------------------------------------------------------------------------


def _joined(
    folder: Path, copies: Sequence[Copy], entries: Mapping[str, Any], lang: str, views: tuple[str, ...]
) -> dict[str, bytes]:
    """All statements, and all corrigés, as one PDF each (where PDFs were made)."""
    files: dict[str, bytes] = {}
    for view in views:
        name = f"{STEMS[lang, view]}.pdf"
        pages = [folder / "copies" / c.folder / name for c in copies if name in entries[c.folder]["files"]]
        if pages:
            files[terms(lang)[f"all_{view}s"] + ".pdf"] = _join(pages, lang)
    return files


def _join(paths: Sequence[Path], lang: str) -> bytes:
    import pikepdf

    whole = pikepdf.new()
    for path in paths:
        with pikepdf.open(path) as one:
            whole.pages.extend(one.pages)
    whole.Root.Lang = pikepdf.String(lang)
    out = io.BytesIO()
    whole.save(out, deterministic_id=True)
    return out.getvalue()


def _answers(copies: Sequence[Copy], entries: Mapping[str, Any]) -> dict[str, bytes]:
    """The expected answers: a JSON file, and a CSV file with a line for each answer of each copy."""
    table = io.StringIO()
    rows = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n")
    rows.writerow(["copy", "seed", "name", "answer", "value"])
    whole = []
    for copy in copies:
        entry = entries[copy.folder]
        rows.writerows([copy.number, copy.seed, copy.name or "", k, v] for k, v in entry["answers"].items())
        whole.append({**asdict(copy), "values": entry["values"], "answers": entry["answers"]})
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    return {"answers.csv": table.getvalue().encode(), "answers.json": text.encode()}

"""The studio: one drawing process beside the solving one, and the cache in front of both."""

from __future__ import annotations

import base64
import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from solver.document.figure import FigureSpec
from solver.errors import CorrigeError
from solver.figures import cache
from solver.figures.codec import encode

_START = "import sys; sys.path.append(sys.argv[1]); from solver.figures.worker import main; main()"
_PATIENCE = 120.0  # seconds without any answer


class Studio:
    """Draws in one child process while the caller goes on; keeps what it drew.

    `warm` may be called as soon as a build starts: the child loads its library meanwhile. `request`
    never waits; `results` does. Usable as a context manager, which ends the child whatever happens.
    """

    def __init__(self, lang: str, terms: Mapping[str, str]) -> None:
        self._lang = lang
        self._terms = dict(terms)
        self._child: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._done: dict[str, cache.Drawing] = {}
        self._asked: dict[str, FigureSpec] = {}
        self._keys: dict[str, str] = {}
        self._waiting: dict[str, FigureSpec] = {}
        self._hint = ""

    def __enter__(self) -> Studio:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def warm(self, hint: str = "") -> None:
        """Starts the child now, unless all that was drawn last time for this `hint` is still kept.

        The hint is any text that says what is being built (the source of the sheet).
        """
        self._hint = cache.digest("sheet", self._lang, hint) if hint else ""
        known = cache.load_list(self._hint) if self._hint else None
        if known is None or any(cache.load(name) is None for name in known):
            self._start()

    def request(self, name: str, spec: FigureSpec) -> None:
        """Asks for a drawing; a name asked for twice keeps the last specification."""
        if self._asked.get(name) is spec:
            return
        self._asked[name] = spec
        key = cache.key(spec, self._lang, self._terms)
        if self._keys.get(name) == key:
            return
        self._keys[name] = key
        kept = cache.load(key)
        if kept is not None:
            self._waiting.pop(name, None)
            self._done[name] = kept
            return
        self._done.pop(name, None)
        self._waiting[name] = spec
        child = self._start()
        if child is not None and child.stdin is not None:
            # a child that has ended is noticed by `results`, which draws here instead
            with contextlib.suppress(OSError):
                child.stdin.write(json.dumps({"name": self._ticket(name), "spec": encode(spec)}) + "\n")
                child.stdin.flush()

    def at_hand(self) -> dict[str, cache.Drawing]:
        """The drawings that are there already; never waits."""
        return dict(self._done)

    def clear(self) -> None:
        """Forgets what was asked for, so that another document may use the same names; the child goes on."""
        self._done.clear()
        self._keys.clear()
        self._waiting.clear()
        self._hint = ""

    def results(self) -> dict[str, cache.Drawing]:
        """All drawings asked for, by name: `{"svg": bytes, "pdf": bytes}`. Waits for them.

        Raises CorrigeError for a specification that cannot be drawn.
        """
        tickets = {self._ticket(name): name for name in self._waiting}
        while tickets:
            answer = self._next_answer()
            if answer is None:
                break
            name = tickets.pop(answer["name"], None)
            if name is None:
                continue
            if "error" in answer:
                raise CorrigeError(f"the figure “{name}” cannot be drawn: {answer['error']}")
            self._keep(name, {k: base64.b64decode(answer[k]) for k in ("svg", "pdf")})
        for name, spec in list(self._waiting.items()):
            # No process can be started here, or it was ended: draw in this one.
            from solver.figures.draw import draw

            self._keep(name, draw(spec, terms=self._terms, lang=self._lang))
        if self._hint:
            cache.store_list(self._hint, tuple(sorted(set(self._keys.values()))))
        return {name: self._done[name] for name in self._keys}

    def close(self) -> None:
        """Ends the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            if child.stdin is not None:
                with contextlib.suppress(OSError):  # what was not sent yet has no reader any more
                    child.stdin.close()
            child.wait()

    def _ticket(self, name: str) -> str:
        return f"{name} {self._keys[name]}"

    def _keep(self, name: str, drawing: cache.Drawing) -> None:
        self._done[name] = drawing
        self._waiting.pop(name, None)
        cache.store(self._keys[name], drawing)

    def _start(self) -> subprocess.Popen[str] | None:
        if self._child is not None:
            return self._child
        root = str(Path(__file__).resolve().parents[2])
        try:
            # -P: a file of the current folder must never be imported in place of a library
            child = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, root],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        except OSError:
            return None
        self._child = child
        threading.Thread(target=_listen, args=(child, self._answers), daemon=True).start()
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.write(json.dumps({"lang": self._lang, "terms": self._terms}) + "\n")
                child.stdin.flush()
        return child

    def _next_answer(self) -> dict[str, str] | None:
        if self._child is None:
            return None
        try:
            line = self._answers.get(timeout=_PATIENCE)
        except queue.Empty:
            return None
        if line is None:
            return None
        found: dict[str, str] = json.loads(line)
        return found


def _listen(child: subprocess.Popen[str], answers: queue.Queue[str | None]) -> None:
    """Empties the child's output as it comes, so that neither side waits for the other; None at its end."""
    if child.stdout is not None:
        with contextlib.suppress(OSError, ValueError):
            for line in child.stdout:
                answers.put(line)
            child.stdout.close()
    answers.put(None)

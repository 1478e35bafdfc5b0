"""A limit of time for a verb that answers one question: what is legal can still be too heavy to answer."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType

from solver.errors import OutOfTime

LIMIT = 20
"""Seconds of the processor that the answer to one question may take."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises OutOfTime in what computes longer; 0 is no limit.

    There is none either where the system has no such clock, outside the main thread, or inside another limit.
    """
    can = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not seconds or not can or signal.getitimer(signal.ITIMER_PROF)[0]:
        yield
        return

    def late(number: int, frame: FrameType | None) -> None:
        raise OutOfTime(
            f"no answer within {seconds} s of computing: the input can be read, but is too heavy to work out"
        )

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def within_limit() -> AbstractContextManager[None]:
    """The limit of one answer among many."""
    return within(LIMIT)

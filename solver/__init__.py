"""corrige: worked solutions for the mathematics of deep learning, proved before they are printed.

    from solver import build, derive, descend, network

The verbs are those of `solver.api`, which is imported when one of them is first named.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from solver.version import VERSION

if TYPE_CHECKING:
    from solver.api import Answer as Answer
    from solver.api import build as build
    from solver.api import derive as derive
    from solver.api import descend as descend
    from solver.api import network as network

__version__ = VERSION
_VERBS = ("Answer", "build", "derive", "descend", "network")


class _Verb:
    """The verb of this name, also where a folder of this package has it too (`solver.network`).

    Python sets a folder as an attribute of its parent once it is imported; that is not kept, so that
    `from solver import network` is the verb whatever was imported before. `from solver.network.model import`
    does not look here.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, package: ModuleType, owner: type) -> Any:
        return getattr(import_module("solver.api"), self.name)

    def __set__(self, package: ModuleType, value: object) -> None:
        """The folder of that name is found by its full name only."""


class _Package(ModuleType):
    """This package, with the verbs as attributes."""

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *_VERBS]


for _name in _VERBS:
    setattr(_Package, _name, _Verb(_name))
sys.modules[__name__].__class__ = _Package

"""Rows that readers make by the thousand: data classes that are cheap to make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

Shown = TypeVar("Shown")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def row(cls: type[Shown]) -> type[Shown]:
    """Make a slotted data class that is not changed once it is made: mypy says so, nothing checks it at run time.

    A frozen data class checks each assignment, those of its own constructor included: one of 22 fields takes
    six times as long to make.
    """
    make: Callable[[type[Any]], type[Any]] = dataclass(slots=True, unsafe_hash=True)
    return make(cls)

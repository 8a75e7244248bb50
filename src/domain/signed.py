"""Who did something and when, and whether a person or the system reported it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from .values import PersonId


class Origin(Enum):
    """Whether a person reported or the system did, because of a shutdown period."""

    MANUAL = "MANUAL"
    AUTO = "AUTO"


@dataclass(frozen=True, slots=True)
class Signed:
    """Who did it and when; `person_id` is None where the system itself did."""

    person_id: PersonId | None
    name: str
    at: datetime

"""Who did something and when, and whether it was a person or the system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from .values import PersonId


class Origin(Enum):
    """Whether a person made the report or record (MANUAL) or the system did (AUTO)."""

    MANUAL = "MANUAL"
    AUTO = "AUTO"


ORIGIN_NAMES: Final = {Origin.MANUAL: "人工", Origin.AUTO: "自动"}


@dataclass(frozen=True, slots=True)
class Signed:
    """Who did it and when; `person_id` is None if the system or the ministry did it."""

    person_id: PersonId | None
    name: str
    at: datetime

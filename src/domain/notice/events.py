"""The events of in-app messages, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..values import PersonId


@dataclass(frozen=True, slots=True)
class InboxChanged:
    """Somebody's in-app messages changed: one came, or some were read. Subscribed clients read them again."""

    person_id: PersonId
    at: datetime

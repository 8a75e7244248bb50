"""Facts that have happened, in the past tense; the application decides what follows from them."""

from __future__ import annotations

from typing import TypeVar

from .commitment.events import CommitmentEvent
from .directory.events import DirectoryEvent
from .exchange.events import DeadLetterResent
from .files.events import FileEvent
from .identity.events import IdentityEvent
from .inspection.events import InspectionEvent
from .notice.events import InboxChanged
from .problem.events import ProblemEvent

Event = (
    CommitmentEvent
    | IdentityEvent
    | DirectoryEvent
    | FileEvent
    | DeadLetterResent
    | InboxChanged
    | InspectionEvent
    | ProblemEvent
)
"""Everything that can happen; each wing has its own events in `events.py`."""

Announced = TypeVar("Announced", bound=Event)
"""Those of one aggregate, where a list of them is handed over."""

"""The domain events, named in the past tense; the application decides what follows from each."""

from __future__ import annotations

from typing import TypeVar

from .alert.events import AlertEvent
from .commitment.events import CommitmentEvent
from .directory.events import DirectoryEvent
from .exchange.events import ExchangeEvent
from .export.events import ExportEvent
from .files.events import FileEvent
from .identity.events import IdentityEvent
from .inspection.events import InspectionEvent
from .notice.events import InboxChanged
from .problem.events import ProblemEvent
from .report.events import ReportEvent

Event = (
    AlertEvent
    | CommitmentEvent
    | IdentityEvent
    | DirectoryEvent
    | ExportEvent
    | FileEvent
    | ExchangeEvent
    | InboxChanged
    | InspectionEvent
    | ProblemEvent
    | ReportEvent
)
"""Every domain event; each package defines its own in `events.py`."""

Announced = TypeVar("Announced", bound=Event)
"""The event type of one aggregate, for functions that take a list of its events."""

"""What a read would have written, kept in memory while the database refuses writes.

A read-only spell must not turn readers away. What is kept here is lost when its process ends, so it holds only
what nobody relies on to the second: when a session was last used, and who looked at an enterprise's page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import Final
from uuid import UUID

from ..domain.directory.events import EnterpriseViewed

MOST: Final = 20_000
"""So many are kept; then the oldest go. A spell of an hour with 5 views a second has 18,000."""


class PostponedTouches:
    """When each session was last used. Safe to use from many threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._seen: dict[UUID, datetime] = {}

    def last_seen(self, session_id: UUID, stored: datetime) -> datetime:
        """The later of what is stored and what is kept here."""
        return max(stored, self._seen.get(session_id, stored))

    def keep(self, session_id: UUID, at: datetime) -> None:
        with self._lock:
            self._seen.pop(session_id, None)
            self._seen[session_id] = at
            if len(self._seen) > self._most:
                del self._seen[next(iter(self._seen))]

    def forget(self, session_id: UUID) -> None:
        """The database has it now."""
        if session_id in self._seen:
            with self._lock:
                self._seen.pop(session_id, None)


class PostponedViews:
    """Views of enterprise pages, oldest first. Safe to use from many threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._views: list[EnterpriseViewed] = []

    def keep(self, views: Sequence[EnterpriseViewed]) -> None:
        with self._lock:
            self._views = [*self._views, *views][-self._most :]

    def take(self) -> Sequence[EnterpriseViewed]:
        """All of them; whoever takes them stores them or gives them back with `keep`."""
        if not self._views:
            return ()
        with self._lock:
            taken, self._views = self._views, []
        return taken

"""What this process remembers of sessions for a moment: a screen asks several times a second who is there."""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import Final

from ..ports.identity import SessionFacts

SECONDS: Final = 1.0
"""How long a session is remembered: what another process changes holds here that much later at most."""
_MOST: Final = 10_000
"""Sessions remembered at once."""


class SessionMemory:
    """Sessions by the digest of their token. `forget` is called whenever this process hears of a change.

    A session that was read before a change and would be kept after it is not kept: `read_since` tells. Who does
    not hear of changes takes `seconds=0`: then nothing is remembered.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._changes = 0
        self._kept: dict[str, tuple[float, SessionFacts]] = {}

    @property
    def changes(self) -> int:
        """How often something has changed; take it before reading what is kept."""
        return self._changes

    def keep(self, digest: str, facts: SessionFacts, *, read_since: int) -> None:
        """Remember the session, unless something has changed since."""
        with self._lock:
            if self._changes != read_since:
                return
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[digest] = monotonic(), facts

    def find(self, digest: str) -> SessionFacts | None:
        """The session as it was a moment ago; None if nobody has asked for it that lately."""
        kept = self._kept.get(digest)
        return kept[1] if kept is not None and monotonic() - kept[0] < self._seconds else None

    def forget(self) -> None:
        """Something about sessions, accounts or people has changed: remember nothing from before."""
        with self._lock:
            self._changes += 1
            self._kept.clear()

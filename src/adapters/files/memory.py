"""The in-memory twin of the file stores: bytes in a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import BinaryIO

from ...application.ports.files import FileMissing, check_key


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class MemoryFileStore:
    """FileStore in memory; `wall_clock` gives the time of each `put`."""

    def __init__(self, wall_clock: Callable[[], datetime] = _wall_clock) -> None:
        self._wall_clock = wall_clock
        self._kept: dict[str, tuple[bytes, datetime]] = {}

    def put(self, key: str, body: BinaryIO) -> None:
        check_key(key)
        body.seek(0)
        self._kept[key] = (body.read(), self._wall_clock())

    def open(self, key: str) -> MemoryFile:
        if key not in self._kept:
            raise FileMissing(f"nothing under {key}")
        return MemoryFile(self._kept[key][0])

    def delete(self, key: str) -> None:
        self._kept.pop(key, None)

    def older_than(self, age: timedelta) -> Iterator[str]:
        until = self._wall_clock() - age
        yield from [key for key, (_, at) in self._kept.items() if at <= until]

    @property
    def keys(self) -> frozenset[str]:
        """All stored keys, for tests."""
        return frozenset(self._kept)


class MemoryFile(BytesIO):
    """An open file of the store."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.size = len(content)

"""A file wrapper that stops a library when it reads for too long or too many bytes at once."""

from __future__ import annotations

import time
from typing import BinaryIO


class TooMuch(Exception):
    """The reader has used up its time, or has read too many bytes at once."""


class Bounded:
    """Reads from `body` for at most `seconds`, and at most `most` bytes at once (None: no limit).

    Reading raises TooMuch.
    """

    def __init__(self, body: BinaryIO, *, seconds: float, most: int | None = None) -> None:
        self._body = body
        self._until = time.monotonic() + seconds
        self._most = most

    def read(self, size: int = -1, /) -> bytes:
        if time.monotonic() > self._until:
            raise TooMuch("out of time")
        if self._most is None:
            return self._body.read(size)
        part = self._body.read(self._most + 1 if size < 0 else min(size, self._most + 1))
        if len(part) > self._most:
            raise TooMuch(f"more than {self._most} bytes at once")
        return part

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._body.seek(offset, whence)

    def tell(self) -> int:
        return self._body.tell()

    def seekable(self) -> bool:
        return True

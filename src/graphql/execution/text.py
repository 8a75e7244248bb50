"""The text of a document: how long it may be, and where its lines begin."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from graphql import GraphQLError, Source, SourceLocation

from .errors import Code, make_error

_LINE_BREAK: Final = re.compile(r"\r\n|[\n\r]")


class Text(Source):
    """A source that counts its lines once; graphql-core counts them anew for the place of each error."""

    __slots__ = ("_breaks",)

    def get_location(self, position: int) -> SourceLocation:
        """Return line and column, counted from 1."""
        breaks = self._line_breaks()
        before = bisect_left(breaks, position, key=lambda span: span[0])
        start = breaks[before - 1][1] if before else 0
        return SourceLocation(before + 1, position + 1 - start)

    def _line_breaks(self) -> list[tuple[int, int]]:
        try:
            return self._breaks
        except AttributeError:
            self._breaks: list[tuple[int, int]] = [each.span() for each in _LINE_BREAK.finditer(self.body)]
            return self._breaks


MOST_BYTES: Final = 64 * 1024
MOST_LINES: Final = 4_000
STRANGERS_BYTES: Final = 16 * 1024
STRANGERS_LINES: Final = 500
"""Without a session; a thousandth of a second of one core reads some ten thousand characters."""


def oversize(text: str, *, logged_in: bool = True) -> GraphQLError | None:
    """Return the error if a document has too many bytes or lines to be read at all.

    Its code is PAYLOAD_TOO_LARGE; or UNAUTHENTICATED, if a session would allow so much.
    """
    size, lines = _size(text), text.count("\n") + text.count("\r")
    if size > MOST_BYTES or lines > MOST_LINES:
        return make_error(
            Code.PAYLOAD_TOO_LARGE,
            f"A document has at most {MOST_BYTES} bytes and {MOST_LINES} lines.",
            sentence=f"查询语句最大{MOST_BYTES // 1024} KB、{MOST_LINES}行。",
        )
    if not logged_in and (size > STRANGERS_BYTES or lines > STRANGERS_LINES):
        return make_error(
            Code.UNAUTHENTICATED,
            f"Log in first. Without a session: at most {STRANGERS_BYTES} bytes and {STRANGERS_LINES} lines.",
            sentence=f"请先登录。未登录时：查询语句最大{STRANGERS_BYTES // 1024} KB、{STRANGERS_LINES}行。",
        )
    return None


def _size(text: str) -> int:
    # A character has at most four bytes; encoding a text that is too long anyway would be in vain.
    return len(text) if len(text) > MOST_BYTES else len(text.encode("utf-8", "surrogatepass"))

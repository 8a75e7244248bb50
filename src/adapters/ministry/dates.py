"""Dates and times as a profile writes them: readable patterns such as yyyyMMddHHmmss."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from typing import Final

_PARTS: Final = {
    "yyyy": ("%Y", r"(?P<year>[0-9]{4})"),
    "MM": ("%m", r"(?P<month>[0-9]{2})"),
    "dd": ("%d", r"(?P<day>[0-9]{2})"),
    "HH": ("%H", r"(?P<hour>[0-9]{2})"),
    "mm": ("%M", r"(?P<minute>[0-9]{2})"),
    "ss": ("%S", r"(?P<second>[0-9]{2})"),
}
_TOKEN: Final = re.compile("|".join((*_PARTS, "[0-9T :/.-]")))
_DAY: Final = ("yyyy", "MM", "dd")
_TIME: Final = (*_DAY, "HH", "mm", "ss")
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2037
"""Times outside these years are refused: they are a default or an overflow, not a time."""


class Pattern:
    """A pattern of yyyy, MM, dd, HH, mm and ss; digits, spaces and -/.:T stand for themselves.

    Raises ValueError for anything else, and if a part of the wanted ones is missing or comes twice.
    """

    def __init__(self, text: str, *, whole_days: bool) -> None:
        tokens = _TOKEN.findall(text)
        parts = [token for token in tokens if token in _PARTS]
        wanted = _DAY if whole_days else _TIME
        if "".join(tokens) != text or sorted(parts) != sorted(wanted):
            raise ValueError(
                f"{text!r} is no pattern of {' '.join(wanted)}, each once, such as yyyyMMddHHmmss"
            )
        self._written = "".join(_PARTS[token][0] if token in _PARTS else token for token in tokens)
        self._read: Callable[[str], re.Match[str] | None] = re.compile(
            "".join(_PARTS[token][1] if token in _PARTS else re.escape(token) for token in tokens)
        ).fullmatch

    def write(self, moment: date) -> str:
        """A date, or a datetime in the zone in which it is to be written."""
        # strftime pads no year before 1000; ours are of this millennium.
        return moment.strftime(self._written)

    def read(self, text: str, zone: tzinfo) -> datetime | None:
        """The instant, with `zone`; None if the text is none, or is outside the years 2000 to 2037."""
        found = self._read(text)
        if found is None:
            return None
        parts = {name: int(digits) for name, digits in found.groupdict().items()}
        if not FIRST_YEAR <= parts["year"] <= LAST_YEAR:
            return None
        try:
            return datetime(tzinfo=zone, **parts)
        except ValueError:
            # Digits in all places, but no such day or hour.
            return None

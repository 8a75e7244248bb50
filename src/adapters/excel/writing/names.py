"""Names of worksheets as Excel takes them: short, without some characters, and each different from the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_LONGEST: Final = 31
_REFUSED: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")


def sheet_names() -> Callable[[str], str]:
    """Make a function that gives each title of one workbook a name of its own."""
    taken = {"history"}  # Excel keeps this one for itself.

    def name(title: str) -> str:
        wanted = _fitting(_REFUSED.sub(" ", title), _LONGEST) or "工作表"
        given, number = wanted, 1
        while given.casefold() in taken:
            number += 1
            end = f"（{number}）"
            given = _fitting(wanted, _LONGEST - len(end)) + end
        taken.add(given.casefold())
        return given

    return name


def _fitting(text: str, most: int) -> str:
    """At most so many UTF-16 units, without spaces and apostrophes at the ends."""
    units = text.strip(" '").encode("utf-16-le")[: 2 * most]
    return units.decode("utf-16-le", "ignore").strip(" '")

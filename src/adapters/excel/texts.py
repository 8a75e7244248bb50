"""Text as the cells of a workbook can hold it: without control characters, and cut where Excel would cut it."""

from __future__ import annotations

import re
from typing import Final

from ...application.ports.workbook import LONGEST_TEXT

CUT: Final = "…（已截断）"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean_text(text: str) -> str:
    """Replace control characters, make every line end a line feed, and cut what is too long, with a note.

    Excel counts UTF-16 units: a character outside the basic plane is two.
    """
    text = _CONTROL.sub("\ufffd", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LONGEST_TEXT // 2 and (units := text.encode("utf-16-le"))[2 * LONGEST_TEXT :]:
        # Cutting through the middle of a pair drops its first half.
        return units[: 2 * (LONGEST_TEXT - len(CUT))].decode("utf-16-le", "ignore") + CUT
    return text


def width_of(text: str) -> int:
    """The width of a text in columns; a Chinese character takes two."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)

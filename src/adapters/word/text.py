"""Prepares text for a document, and measures it in characters of the grid."""

from __future__ import annotations

import unicodedata


def clean(text: str) -> str:
    """One line without control characters: XML cannot hold most of them."""
    return "".join(" " if unicodedata.category(each) in ("Cc", "Cs") else each for each in text)


def width(text: str) -> float:
    """The width in characters of the text's size: digits and Latin letters are half as wide."""
    return sum(1.0 if unicodedata.east_asian_width(each) in "WFA" else 0.5 for each in text)

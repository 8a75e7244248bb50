"""Decides which characters of a text are invisible, and which of these are allowed."""

from __future__ import annotations

import re
from typing import Final

_LAST_OF_PLANES: Final = "".join(
    chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_NEVER: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # Control characters except tab and line break.
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # Characters that change the direction of writing.
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u2060-\u2065\u206a-\u206f\u2800\u3164\ufeff\uffa0"
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    "\u2028\u2029\ud800-\udfff\ufdd0-\ufdef"  # Other line breaks, surrogates and noncharacters.
    + _LAST_OF_PLANES
)
_SELECTORS: Final = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Variation selectors: they choose the shape of the emoji or rare Chinese character before them."""
_JOINER: Final = "\u200d"
_EMOJI: Final = "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"

_OUT_OF_PLACE: Final = re.compile(
    f"[{_NEVER}]"
    f"|(?<![^\\s{_SELECTORS}{_JOINER}])[{_SELECTORS}]"
    f"|(?<![{_EMOJI}])(?<![{_EMOJI}]\ufe0f){_JOINER}|{_JOINER}(?![{_EMOJI}])"
)
_UNSEEN: Final = re.compile(f"[\\s{_NEVER}{_SELECTORS}{_JOINER}]+")


def has_invisible(text: str) -> bool:
    """Whether the text has an invisible character that is not allowed in its place.

    Spaces, tabs and line breaks are allowed. So are variation selectors after a character, and joiners
    between two emoji.
    """
    return _OUT_OF_PLACE.search(text) is not None


def visible_length(text: str) -> int:
    """Count the visible characters of the text: no spaces, no invisible characters."""
    return len(_UNSEEN.sub("", text))

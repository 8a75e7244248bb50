"""Parses JSON that comes from outside, strictly and at a bounded cost."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

from ...application.ports.inbound import UnreadableMessage

DEEPEST: Final = 16
"""Objects and arrays may be nested so deep."""
MOST_VALUES: Final = 20_000
"""Roughly so many keys and values may a message have: a batch has some hundred."""
_LONGEST_NUMBER: Final = 24

_STRINGS: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
"""A string, or the unfinished rest of the body: it always matches to its end, so that the time is linear."""
_NOT_STRUCTURE: Final = bytes(set(range(256)) - set(b"{}[]:,"))
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def parsed(body: bytes) -> Any:
    """The JSON value of these bytes. Raises UnreadableMessage.

    Beyond what `json` refuses: a key that comes twice, NaN and Infinity, numbers of more than 24 characters or
    beyond the range of a double, NUL and half surrogate pairs in texts, too deep nesting, too many values. The
    shape is counted before anything is built.
    """
    _count(body)
    try:
        text = body.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_whole, parse_float=_real
        )
    except UnicodeDecodeError as broken:
        raise UnreadableMessage("not UTF-8") from broken
    except (ValueError, RecursionError) as broken:
        raise UnreadableMessage("not JSON") from broken
    if b"\\u" in body or b"\0" in body:
        _storable(value)
    return value


def parsed_object(body: bytes) -> dict[str, Any]:
    """The JSON object of these bytes. Raises UnreadableMessage."""
    value = parsed(body)
    if not isinstance(value, dict):
        raise UnreadableMessage("not a JSON object")
    return value


def _count(body: bytes) -> None:
    if body.count(b'"') > 4 * MOST_VALUES:
        raise UnreadableMessage("too many values")
    structure = _STRINGS.sub(b"", body).translate(None, _NOT_STRUCTURE)
    if len(structure) > 4 * MOST_VALUES:
        raise UnreadableMessage("too many values")
    depth = 0
    for byte in structure.translate(None, b":,"):
        depth += 1 if byte in b"{[" else -1
        if depth > DEEPEST:
            raise UnreadableMessage("nested too deep")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnreadableMessage("a key comes twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise UnreadableMessage(f"{name} is no JSON number")


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise UnreadableMessage("a number is too long")
    return int(digits)


def _real(digits: str) -> float:
    number = float(digits) if len(digits) <= _LONGEST_NUMBER else math.inf
    if not math.isfinite(number):
        raise UnreadableMessage("a number is too long")
    return number


def _storable(value: Any) -> None:
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise UnreadableMessage("a text has NUL or half a surrogate pair")
    elif isinstance(value, dict):
        for key, held in value.items():
            _storable(key)
            _storable(held)
    elif isinstance(value, list):
        for held in value:
            _storable(held)

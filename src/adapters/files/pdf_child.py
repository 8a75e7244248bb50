"""Looks for active content in a PDF: a process of its own, started by `pdf.py`, with little memory and time.

It reads the PDF from its standard input and prints one word: CLEAN, ENCRYPTED, BROKEN, or what was found.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Final

MOST_MEMORY: Final = 1024 * 1024 * 1024
MOST_SECONDS: Final = 10
MOST_PARTS: Final = 2_000_000
"""Most dictionaries and arrays that are looked into."""

# What a viewer does without being asked, or beyond showing pages: ISO 32000-2, 12.6 and 7.11.4.
KEYS: Final = {
    "/JavaScript": "SCRIPT",
    "/JS": "SCRIPT",
    "/XFA": "SCRIPT",
    "/AA": "TRIGGER",
    "/Launch": "LAUNCH",
    "/EmbeddedFiles": "EMBEDDED",
    "/EF": "EMBEDDED",
    "/RichMediaContent": "EMBEDDED",
}
ACTIONS: Final = {
    "/JavaScript": "SCRIPT",
    "/Launch": "LAUNCH",
    "/ImportData": "LAUNCH",
    "/SubmitForm": "LAUNCH",
    "/GoToE": "EMBEDDED",
    "/RichMediaExecute": "SCRIPT",
    "/Rendition": "SCRIPT",
}
TYPES: Final = {"/EmbeddedFile": "EMBEDDED", "/RichMedia": "EMBEDDED"}
"""By /Type or /Subtype."""
_RAW: Final = {name: KEYS[name] for name in ("/JavaScript", "/JS", "/AA", "/Launch", "/EmbeddedFiles")}
_STREAM: Final = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_STRING: Final = re.compile(rb"\((?:\\.|[^\\()])*\)", re.DOTALL)
_NAME: Final = re.compile(rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]{1,127}")
_HEX: Final = re.compile(rb"#([0-9A-Fa-f]{2})")


def found_in(content: bytes) -> str:
    """One of the words of this module's first lines."""
    return raw_name(content) or parsed(content)


def raw_name(content: bytes) -> str | None:
    """Look at the bytes as they are, between the streams: readers differ in what they take for an object."""
    for name in _NAME.findall(_STRING.sub(b"()", _STREAM.sub(b"", content))):
        plain = _HEX.sub(lambda found: bytes([int(found[1], 16)]), name)
        word = _RAW.get(plain.decode("latin-1"))
        if word is not None:
            return word
    return None


def parsed(content: bytes) -> str:
    """Look into every object, also those in compressed object streams."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError
    from pypdf.generic import IndirectObject

    logging.disable()  # Nobody reads it, and it may quote the file.
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return "ENCRYPTED"
        if not isinstance(reader.trailer["/Root"].get_object(), dict):
            return "BROKEN"
        left = MOST_PARTS
        for id, generation in _ids(reader):
            try:
                thing = reader.get_object(IndirectObject(id, generation, reader))
            except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError):
                continue  # A dangling entry of the table, as many writers leave behind.
            for part in _parts(thing):
                word = _active(part)
                if word is not None:
                    return word
                left -= 1
                if left < 0:
                    return "BROKEN"
        return "CLEAN"
    except Exception:  # noqa: BLE001
        # pypdf raises all kinds of exceptions for a broken file.
        return "BROKEN"


def _ids(reader: object) -> Iterator[tuple[int, int]]:
    for generation, table in list(reader.xref.items()):  # type: ignore[attr-defined]
        for id in list(table):
            yield id, generation
    for id in list(reader.xref_objStm):  # type: ignore[attr-defined]
        yield id, 0


def _parts(thing: object) -> Iterator[dict[object, object]]:
    """All dictionaries inside an object; what it refers to comes by its own id."""
    waiting = [thing]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(dict.values(part))  # Not the dictionary's own values(), which follow references.
        elif isinstance(part, list):
            waiting.extend(list.__iter__(part))


def _active(part: dict[object, object]) -> str | None:
    for key in part:
        word = KEYS.get(str(key))
        if word is not None:
            return word
    for table, name in ((ACTIONS, "/S"), (TYPES, "/Type"), (TYPES, "/Subtype")):
        word = table.get(str(dict.get(part, name)))
        if word is not None:
            return word
    opening = part.get("/OpenAction")
    if opening is not None:
        resolved = opening.get_object() if hasattr(opening, "get_object") else opening
        if not isinstance(resolved, list):  # An array is a view of a page and no action.
            return "OPENING"
    return None


def _limit() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    _limit()
    sys.stdout.write(found_in(sys.stdin.buffer.read()))

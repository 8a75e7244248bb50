"""Takes out of a picture's file everything but the picture: no metadata, nothing behind its end.

The pixels stay as they are. Sources: JPEG ITU-T T.81 annex B, PNG 3rd edition, WebP container (RFC 9649).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from ...domain.files.attachment import MediaType

_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
"""Ends the coded data of a scan: no stuffed byte, no restart marker, no filler."""
_SOI: Final = b"\xff\xd8"
_EOI: Final = b"\xff\xd9"
_SOS: Final = 0xDA
_COMMENT: Final = 0xFE
_KEPT_APPS: Final = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""The application segments that change how the pixels look; Exif, XMP and IPTC are others."""
_PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"
_KEPT_CHUNKS: Final = frozenset(
    (
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"cICP",
        b"sBIT",
        b"bKGD",
    )
) | {b"pHYs"}
_KEPT_WEBP: Final = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP", b"ANIM", b"ANMF"))
_WEBP_METADATA_FLAGS: Final = 0x0C
"""In the first byte of VP8X: there is Exif, there is XMP."""


class Malformed(Exception):
    """The parts of the file do not fit together."""


def without_metadata(content: bytes, kind: MediaType) -> bytes:
    """The same picture in a file that holds nothing else. Raises Malformed."""
    strip: dict[MediaType, Callable[[bytes], Iterator[bytes]]] = {
        MediaType.JPEG: _jpeg,
        MediaType.PNG: _png,
        MediaType.WEBP: _webp,
    }
    clean = b"".join(strip[kind](content))
    if kind is MediaType.WEBP:
        clean = b"RIFF" + (len(clean) + 4).to_bytes(4, "little") + b"WEBP" + clean
    return clean


def _jpeg(content: bytes) -> Iterator[bytes]:
    yield _SOI
    at = 2
    while at < len(content):
        if content[at] != 0xFF:
            raise Malformed(f"no marker at {at}")
        if at + 1 == len(content):
            break
        marker = content[at + 1]
        if marker == 0xFF:  # A filler before the marker.
            at += 1
            continue
        if marker == _EOI[1]:
            break
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
        if end < at + 4 or end > len(content):
            raise Malformed(f"a segment at {at} that does not end")
        if _stays(marker, content[at + 4 : at + 16]):
            yield content[at:end]
        at = end
        if marker == _SOS:
            found = _NEXT_MARKER.search(content, at)
            at = found.start() if found else len(content)
            yield content[end:at]
    yield _EOI


def _stays(marker: int, begins: bytes) -> bool:
    if 0xE0 <= marker <= 0xEF:
        name = _KEPT_APPS.get(marker)
        return name is not None and begins.startswith(name)
    return marker != _COMMENT


def _png(content: bytes) -> Iterator[bytes]:
    yield _PNG_HEAD
    at, name = len(_PNG_HEAD), b""
    while name != b"IEND":
        end = at + 12 + int.from_bytes(content[at : at + 4])
        name = content[at + 4 : at + 8]
        if len(name) < 4 or end > len(content):
            raise Malformed(f"a chunk at {at} that does not end")
        if name in _KEPT_CHUNKS:
            yield content[at:end]
        at = end


def _webp(content: bytes) -> Iterator[bytes]:
    """The chunks that stay; the caller puts the header of the file before them."""
    at, last = 12, 8 + int.from_bytes(content[4:8], "little")
    while at + 8 <= min(last, len(content)):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if at + 8 + size > len(content):
            raise Malformed(f"a chunk at {at} that does not end")
        if name == b"VP8X" and size:
            flags = content[at + 8] & ~_WEBP_METADATA_FLAGS
            yield content[at : at + 8] + bytes([flags]) + content[at + 9 : end]
        elif name in _KEPT_WEBP:
            yield content[at:end].ljust(end - at, b"\0")
        at = end

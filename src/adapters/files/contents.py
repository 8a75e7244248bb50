"""Finds out the type of a file: by its first bytes, then by decoding the picture or checking the document."""

from __future__ import annotations

from typing import BinaryIO

from ...application.ports.files import Examined
from ...domain.files.attachment import FileTypeNotAllowed, MediaType
from .pdf import check_pdf


class CheckedContents:
    """FileContents with limits on time and memory; call it in a worker thread."""

    def examine(self, body: BinaryIO) -> Examined:
        body.seek(0)
        head = body.read(16)
        if head.startswith(b"PK\x03\x04"):
            from .documents import office_type  # Loads the parser of XML, with the first document.

            return Examined(office_type(body))
        kind = _by_first_bytes(head)
        if kind is None:
            raise FileTypeNotAllowed
        if kind.is_picture:
            from .pictures import clean_picture, thumbnail_of  # Loads Pillow, with the first picture.

            thumbnail = thumbnail_of(body, kind)  # This decodes it, and refuses what is broken or immense.
            clean, evidence = clean_picture(body, kind)
            return Examined(kind, thumbnail, clean, evidence)
        check_pdf(body)
        return Examined(kind)


def _by_first_bytes(head: bytes) -> MediaType | None:
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP
    if head.startswith(b"%PDF-"):
        return MediaType.PDF
    return None

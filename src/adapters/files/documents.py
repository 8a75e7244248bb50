"""Checks documents: the type of an Office ZIP, without unpacking it, and whether a PDF is complete."""

from __future__ import annotations

import struct
import zlib
from os import SEEK_END
from typing import Any, BinaryIO, Final, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from ...domain.files.attachment import LARGEST, DocumentUnreadable, FileTypeNotAllowed, MediaType
from .bounded import Bounded, TooMuch

SECONDS: Final = 5.0
MOST_AT_ONCE: Final = 1024 * 1024
"""Most bytes of the ZIP directory, which is read in one go, and of the one member that is unpacked."""
MOST_UNPACKED: Final = 50 * LARGEST
"""Most bytes of all members together, by the directory; more is a ZIP bomb."""
MOST_RATIO: Final = 100
"""Most unpacked bytes for each byte of the file, checked above LARGEST only. Zeros are packed 1000 to 1."""
TYPES: Final = "[Content_Types].xml"

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_MAIN_PART: Final = {
    f"{_OFFICE}wordprocessingml.document.main+xml".encode(): MediaType.DOCX,
    f"{_OFFICE}spreadsheetml.sheet.main+xml".encode(): MediaType.XLSX,
}
"""The content type of the main part of a document or workbook (ECMA-376 part 1, 11.3 and 12.3).

Files with macros and templates have other content types and are refused.
"""
_BROKEN: Final = (
    BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What `zipfile` raises for a broken, encrypted or unknown archive."""


def office_type(body: BinaryIO) -> MediaType:
    """Return DOCX or XLSX.

    Raises FileTypeNotAllowed for any other ZIP, DocumentUnreadable for a broken one or a ZIP bomb.
    """
    bounded = cast(Any, Bounded(body, seconds=SECONDS, most=MOST_AT_ONCE))
    try:
        with ZipFile(bounded) as archive:
            types = _content_types(archive)
            unpacked = sum(member.file_size for member in archive.infolist())
    except _BROKEN as error:
        raise DocumentUnreadable("文档无法读取，文件可能不完整、已损坏或已加密。") from error
    except TooMuch as error:
        raise DocumentUnreadable("文档结构异常，不能接受。") from error
    most = min(MOST_UNPACKED, max(LARGEST, MOST_RATIO * body.seek(0, SEEK_END)))
    if unpacked > most:
        raise DocumentUnreadable(f"文档解压后超过{most // 2**20}MB，不能接受。")
    kinds = {kind for part, kind in _MAIN_PART.items() if part in types}
    if len(kinds) != 1:
        raise FileTypeNotAllowed
    return kinds.pop()


def _content_types(archive: ZipFile) -> bytes:
    """Unpack the list of content types, and no other member; empty when the ZIP has no such list."""
    if TYPES not in archive.NameToInfo:
        return b""
    member = archive.getinfo(TYPES)
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise NotImplementedError("a package is stored or deflated")
    with archive.open(member) as part:
        return part.read(MOST_AT_ONCE)


def check_pdf(body: BinaryIO) -> None:
    """Raises DocumentUnreadable unless the end marker is there; the rest is not parsed."""
    length = body.seek(0, SEEK_END)
    body.seek(max(0, length - 1024))
    if b"%%EOF" not in body.read(1024):
        raise DocumentUnreadable("PDF文档不完整，请重新生成后再上传。")

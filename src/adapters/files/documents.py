"""Checks Office documents: their type by their parts, and that they carry no macros and no embedded objects."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from os import SEEK_END
from typing import Any, BinaryIO, Final, cast
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ...domain.files.attachment import (
    LARGEST,
    ActiveContent,
    DocumentUnreadable,
    FileTypeNotAllowed,
    MediaType,
)
from .bounded import Bounded, TooMuch

SECONDS: Final = 5.0
MOST_AT_ONCE: Final = 1024 * 1024
"""Most bytes of the ZIP directory, which is read in one go, and of the one member that is unpacked."""
MOST_UNPACKED: Final = 50 * LARGEST
"""Most bytes of all members together, by the directory; more is a ZIP bomb."""
MOST_RATIO: Final = 100
"""Most unpacked bytes for each byte of the file, checked above LARGEST only. Zeros are packed 1000 to 1."""
TYPES: Final = "[Content_Types].xml"

MACROS: Final = "文档含有宏、嵌入的对象或外部模板，请去除后另存为.docx或.xlsx再上传。"
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_PROGRAMS: Final = ("macro", "vbaproject", "vbadata", "activex", "oleobject")
"""Words in the content types of parts that carry programs ([MS-OFFMACRO], [MS-OI29500])."""
_RUNS: Final = ("/attachedtemplate", "/oleobject", "/frame")
"""Relationships that fetch a program when they lead out of the package."""
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_MAIN_PART: Final = {
    f"{_OFFICE}wordprocessingml.document.main+xml": MediaType.DOCX,
    f"{_OFFICE}spreadsheetml.sheet.main+xml": MediaType.XLSX,
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
    ExpatError,
    struct.error,
    zlib.error,
)
"""What `zipfile` raises for a broken, encrypted or unknown archive."""


def office_type(body: BinaryIO) -> MediaType:
    """Return DOCX or XLSX.

    Raises FileTypeNotAllowed for any other ZIP, DocumentUnreadable for a broken one or a ZIP bomb, and
    ActiveContent for one with macros, embedded objects or a template from elsewhere.
    """
    bounded = cast(Any, Bounded(body, seconds=SECONDS, most=MOST_AT_ONCE))
    most = min(MOST_UNPACKED, max(LARGEST, MOST_RATIO * body.seek(0, SEEK_END)))
    try:
        with ZipFile(bounded) as archive:
            types = _content_types(archive)
            _check_size(archive, most)
            kinds = {kind for part, kind in _MAIN_PART.items() if part in types}
            if len(kinds) == 1 or any(word in name for name in types for word in _PROGRAMS):
                _check_programs(archive, types, nested=False)
    except _BROKEN as error:
        raise DocumentUnreadable("文档无法读取，文件可能不完整、已损坏或已加密。") from error
    except TooMuch as error:
        raise DocumentUnreadable("文档结构异常，不能接受。") from error
    if len(kinds) != 1:
        raise FileTypeNotAllowed
    return kinds.pop()


def _check_size(archive: ZipFile, most: int) -> None:
    unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > most:
        raise DocumentUnreadable(f"文档解压后超过{most // 2**20}MB，不能接受。")


def _content_types(archive: ZipFile) -> set[str]:
    """The content types of the parts, in lower case; empty when the ZIP has no list of them."""
    if TYPES not in archive.NameToInfo:
        return set()
    listed = _attributes(_beginning(archive, archive.getinfo(TYPES), MOST_AT_ONCE))
    return {attributes.get("ContentType", "").strip().lower() for attributes in listed}


def _check_programs(archive: ZipFile, types: set[str], *, nested: bool) -> None:
    """Raise ActiveContent for macros, OLE objects and templates from elsewhere, one level of packages deep.

    Macros and old embedded objects are OLE files, whatever their part is called.
    """
    if any(word in name for name in types for word in _PROGRAMS):
        raise ActiveContent(MACROS)
    budget = LARGEST
    for member in archive.infolist():
        begins = _beginning(archive, member, len(_OLE))
        if begins == _OLE:
            raise ActiveContent(MACROS)
        if member.filename.lower().endswith(".rels"):
            _check_relationships(_beginning(archive, member, MOST_AT_ONCE))
        if begins.startswith(b"PK\x03\x04"):
            budget -= member.file_size
            if nested or budget < 0:
                raise DocumentUnreadable("文档内嵌的文件过多或过大，请删除后再上传。")
            with ZipFile(BytesIO(_beginning(archive, member, LARGEST))) as inner:
                _check_size(inner, LARGEST)
                _check_programs(inner, _content_types(inner), nested=True)


def _check_relationships(xml: bytes) -> None:
    for attributes in _attributes(xml):
        kind = attributes.get("Type", "").lower()
        elsewhere = attributes.get("TargetMode", "").lower() == "external"
        if kind.endswith(("/vbaproject", "/activexcontrolbinary")) or (elsewhere and kind.endswith(_RUNS)):
            raise ActiveContent(MACROS)


def _attributes(xml: bytes) -> list[dict[str, str]]:
    """The attributes of all elements. Raises ExpatError, also for a document that declares entities."""
    found: list[dict[str, str]] = []
    parser = ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append(attributes)

    def doctype(*_: object) -> None:
        raise ExpatError("an Office part declares no document type")

    parser.StartElementHandler, parser.StartDoctypeDeclHandler = start, doctype
    if xml:
        parser.Parse(xml, True)
    return found


def _beginning(archive: ZipFile, member: ZipInfo, most: int) -> bytes:
    """Unpack at most so many bytes of the member."""
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise NotImplementedError("a package is stored or deflated")
    with archive.open(member) as part:
        return part.read(most)

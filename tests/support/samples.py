"""Files of every kind that is taken, made on the spot: pictures with metadata, documents, and traps."""

from __future__ import annotations

import os
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from PIL import Image

from yanbao.adapters.files.contents import CheckedContents
from yanbao.domain.files.attachment import MediaType

_PARTS = "http://schemas.openxmlformats.org/package/2006/content-types"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
WORD_WITH_MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"


def a_picture(
    kind: str = "JPEG", size: tuple[int, int] = (640, 400), mode: str = "RGB", **options: Any
) -> bytes:
    """Its left half is red and its right half blue; `options` go to Pillow's save."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    return saved(picture.convert(mode), kind, **options)


def noise(kind: str = "JPEG", size: tuple[int, int] = (400, 300), **options: Any) -> bytes:
    """Pixels that cannot be compressed."""
    return saved(Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3)), kind, **options)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def a_photo(orientation: int = 6, size: tuple[int, int] = (640, 400)) -> bytes:
    """As a telephone makes it: lying on its side, with place, maker and a comment in it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Secret Telephone"
    exif.get_ifd(0x8825)[2] = (34.0, 16.0, 30.0)
    return a_picture(size=size, exif=exif, comment=b"secret comment", icc_profile=b"secret profile")


def stored(photo: bytes) -> bytes:
    """What is kept of a picture: no metadata."""
    clean = CheckedContents().examine(BytesIO(photo)).clean
    assert clean is not None
    return clean


def a_pdf(*objects: bytes, root: bytes = b"", streams: bytes = b"") -> bytes:
    """One empty page; `root` goes into the catalogue, `objects` get the numbers from 4, and `streams` follow."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % root,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        *objects,
    ]
    content, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    content += streams
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(bodies) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Root 1 0 R /Size %d >>\n" % (count, table, count)
    return content + end + b"startxref\n%d\n%%%%EOF\n" % len(content)


def a_workbook() -> bytes:
    out = BytesIO()
    book = Workbook()
    book.active.append(["整改", "完成"])
    book.save(out)
    return out.getvalue()


def a_document(main: str = _WORD, **members: bytes) -> bytes:
    """A Word document, or what its main part's type makes of it; further members by their names."""
    types = (
        f'<?xml version="1.0"?><Types xmlns="{_PARTS}">'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>'
    )
    return a_zip({"[Content_Types].xml": types.encode(), "word/document.xml": b"<document/>", **members})


def a_zip(members: dict[str, bytes]) -> bytes:
    """The same bytes at all times: tests are named by them, and every process must find the same tests."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return out.getvalue()


SAMPLES = {
    MediaType.JPEG: a_picture("JPEG"),
    MediaType.PNG: a_picture("PNG"),
    MediaType.WEBP: a_picture("WEBP"),
    MediaType.PDF: a_pdf(),
    MediaType.DOCX: a_document(),
    MediaType.XLSX: a_workbook(),
}
"""One of each kind."""

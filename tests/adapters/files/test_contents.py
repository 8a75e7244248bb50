"""What a file is, by its content: pictures are decoded, documents are told by their parts, traps are not stepped into."""

from __future__ import annotations

import os
import struct
import tracemalloc
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from yanbao.adapters.files import bounded, documents, pictures
from yanbao.adapters.files.contents import CheckedContents
from yanbao.application.ports.files import Examined
from yanbao.domain.files.attachment import (
    LARGEST,
    DocumentUnreadable,
    FileTypeNotAllowed,
    MediaType,
    PictureUnreadable,
)
from yanbao.domain.refusals import Refused

from ...support.samples import (
    SAMPLES,
    a_document,
    a_pdf,
    a_photo,
    a_picture,
    a_workbook,
    a_zip,
    noise,
    saved,
)


def examine(content: bytes) -> Examined:
    return CheckedContents().examine(BytesIO(content))


def thumbnail(content: bytes) -> Image.Image:
    small = examine(content).thumbnail
    assert small is not None
    return Image.open(BytesIO(small))


@pytest.mark.parametrize("kind", MediaType)
def test_every_kind_is_told_by_its_content(kind: MediaType) -> None:
    found = examine(SAMPLES[kind])
    assert found.media_type is kind
    assert (found.thumbnail is not None) is kind.is_picture


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8",
        b"hello, world",
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ\x90\x00\x03",
        b"\x7fELF\x02\x01\x01",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512,
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b" %PDF-1.7\n%%EOF",
        a_picture("GIF"),
        a_picture("BMP"),
        a_picture("TIFF"),
        a_zip({"a.txt": b"text"}),
        a_document("application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"),
        a_zip({"word/document.xml": b"<document/>"}),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_everything_else_is_refused(content: bytes) -> None:
    with pytest.raises(FileTypeNotAllowed):
        examine(content)


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.0, 0.3, 0.9, 0.99])
def test_a_picture_that_is_not_whole_is_refused(kind: str, part: float) -> None:
    content = noise(kind)
    with pytest.raises(PictureUnreadable):
        examine(content[: max(16, int(len(content) * part))])


def test_a_picture_with_a_broken_line_is_refused() -> None:
    content = bytearray(noise("PNG"))
    content[200] ^= 0xFF
    with pytest.raises(PictureUnreadable):
        examine(bytes(content))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "1"),
        ("PNG", "L"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "RGBA"),
        ("PNG", "I;16"),
        ("WEBP", "RGBA"),
    ],
)
def test_every_sort_of_pixels_has_a_thumbnail(kind: str, mode: str) -> None:
    content = (
        saved(Image.new("I;16", (640, 400), 40_000), kind) if mode == "I;16" else a_picture(kind, mode=mode)
    )
    small = thumbnail(content)
    assert (small.format, small.mode, small.size) == ("JPEG", "RGB", (480, 300))


def test_what_shines_through_is_white() -> None:
    content = saved(Image.new("RGBA", (100, 100), (0, 0, 0, 0)), "PNG")
    assert thumbnail(content).getpixel((50, 50)) == (255, 255, 255)


def test_a_small_picture_stays_as_small_as_it_is() -> None:
    assert thumbnail(a_picture("PNG", (12, 7))).size == (12, 7)


def test_the_thumbnail_of_a_photo_stands_upright() -> None:
    small = thumbnail(a_photo(orientation=6, size=(640, 400)))
    assert small.size == (300, 480)
    # Turned clockwise, what was on the left is above.
    top, bottom = small.getpixel((150, 40)), small.getpixel((150, 440))
    assert top[0] > 200 > 60 > top[2] and bottom[2] > 200 > 60 > bottom[0]


def test_nothing_but_pixels_goes_into_a_thumbnail() -> None:
    photo = a_photo()
    assert b"Secret Telephone" in photo and b"secret comment" in photo
    small = thumbnail(photo)
    assert not small.getexif() and not {"exif", "comment", "icc_profile", "xmp"} & set(small.info)
    found = examine(photo).thumbnail
    assert found is not None and b"ecret" not in found


def test_a_progressive_photo_is_read() -> None:
    assert thumbnail(noise("JPEG", progressive=True)).size == (400, 300)


def test_a_picture_with_too_many_pixels_hears_how_many() -> None:
    bomb = saved(Image.new("1", (10_000, 8_000)), "PNG")
    assert len(bomb) < 20_000
    with pytest.raises(PictureUnreadable, match="图片为10000×8000像素，超过3200万像素"):
        examine(bomb)


def test_a_picture_that_claims_to_be_immense_is_not_unpacked() -> None:
    """The header says 60,000 by 60,000: 14 GB."""
    content = bytearray(a_picture("PNG", mode="RGBA"))
    content[16:24] = struct.pack(">II", 60_000, 60_000)
    tracemalloc.start()
    with pytest.raises(PictureUnreadable):
        examine(bytes(content))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize("progressive", [False, True])
def test_the_clock_is_looked_at_every_few_kilobytes_of_a_photo(progressive: bool) -> None:
    """A small part of a JPEG can hold many passes over all of its pixels."""

    class Watched(BytesIO):
        asked = 0

        def read(self, size: int | None = -1, /) -> bytes:
            part = super().read(size)
            self.asked = max(self.asked, len(part))
            return part

    body = Watched(noise("JPEG", (1600, 1200), progressive=progressive))
    assert len(body.getvalue()) > 500_000
    assert CheckedContents().examine(body).media_type is MediaType.JPEG
    assert body.asked <= 16 * 1024


def test_a_picture_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "SECONDS", -1.0)
    with pytest.raises(PictureUnreadable) as refusal:
        examine(a_picture())
    assert isinstance(refusal.value.__cause__, bounded.TooMuch)


# ---------------------------------------------------------------- documents


def test_a_pdf_without_its_end_is_refused() -> None:
    with pytest.raises(DocumentUnreadable, match="PDF文档不完整"):
        examine(a_pdf()[:-8])


@pytest.mark.parametrize("cut", [10, 100, 1_000])
def test_a_workbook_that_is_not_whole_is_refused(cut: int) -> None:
    with pytest.raises(DocumentUnreadable):
        examine(a_workbook()[:-cut])


def test_an_encrypted_member_is_not_read() -> None:
    content = bytearray(a_document())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + flags] |= 1
    with pytest.raises(DocumentUnreadable):
        examine(bytes(content))


@pytest.mark.parametrize("sample", [a_document(), a_workbook()], ids=["docx", "xlsx"])
def test_a_small_document_that_would_unpack_to_far_more_is_refused_without_unpacking(sample: bytes) -> None:
    bomb = BytesIO(sample)
    with ZipFile(bomb, "a", ZIP_DEFLATED) as archive:
        for n in range(3):
            archive.writestr(f"media/{n}.xml", b"\0" * 20 * 2**20)
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(DocumentUnreadable, match="解压后超过20MB"):
        examine(bomb.getvalue())


def test_a_large_document_may_unpack_to_more_than_a_file_may_have() -> None:
    parts = {"word/document.xml": os.urandom(LARGEST * 6 // 10).hex().encode()}
    assert examine(a_document(**parts)).media_type is MediaType.DOCX


def test_whatever_its_size_no_document_may_unpack_to_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_UNPACKED", 2**20)
    with pytest.raises(DocumentUnreadable, match="解压后超过1MB"):
        examine(a_document(**{"word/document.xml": os.urandom(2**20).hex().encode()}))


def test_a_list_of_parts_that_is_a_bomb_is_read_only_at_its_beginning() -> None:
    content = a_zip({"[Content_Types].xml": b"\0" * 100 * 2**20})
    tracemalloc.start()
    with pytest.raises(DocumentUnreadable):
        examine(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * 2**20


def test_a_directory_of_a_million_members_is_not_read() -> None:
    content = bytearray(a_document())
    end = content.rindex(b"PK\x05\x06")
    # 40 MB of directory, where there are not: the size is believed by whoever reads it in one go.
    struct.pack_into("<I", content, end + 12, 40 * 2**20)
    with pytest.raises(DocumentUnreadable):
        examine(bytes(content))
    padded = bytes(40 * 2**20) + bytes(content[end:])
    with pytest.raises(DocumentUnreadable, match="结构异常"):
        examine(b"PK\x03\x04" + padded)


def test_what_is_beside_the_parts_does_not_matter() -> None:
    book = BytesIO(a_workbook())
    with ZipFile(book, "a") as archive:
        archive.writestr("xl/embeddings/another.docx", a_document())
    assert examine(book.getvalue()).media_type is MediaType.XLSX


# ---------------------------------------------------------------- whatever comes


REFUSALS = {"FILE_TYPE_NOT_ALLOWED", "PICTURE_UNREADABLE", "DOCUMENT_UNREADABLE", "ACTIVE_CONTENT"}


@pytest.mark.parametrize("kind", MediaType)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_taken_or_refused_and_nothing_else(kind: MediaType, data: st.DataObject) -> None:
    content = bytearray(SAMPLES[kind])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(len(content) // 2, len(content))) :]
    try:
        found = examine(bytes(content))
    except Refused as refusal:
        assert refusal.code in REFUSALS
    else:
        assert found.media_type in MediaType

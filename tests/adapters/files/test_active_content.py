"""Documents that carry programs are refused: macros and objects in Office files, scripts and actions in PDFs."""

from __future__ import annotations

import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from yanbao.adapters.files import pdf, pdf_child
from yanbao.adapters.files.contents import CheckedContents
from yanbao.domain.files.attachment import ActiveContent, DocumentUnreadable, MediaType
from yanbao.domain.refusals import Refused

from ...support.samples import WORD_WITH_MACROS, a_document, a_pdf, a_workbook, a_zip

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
RELS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def kind_of(content: bytes) -> MediaType:
    return CheckedContents().examine(BytesIO(content)).media_type


def refused(content: bytes, of: type[Refused] = ActiveContent) -> str:
    with pytest.raises(of) as refusal:
        kind_of(content)
    return refusal.value.sentence


def relationship(kind: str, target: str, mode: str = "External") -> bytes:
    one = f'<Relationship Id="r1" Type="{KIND}/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return RELS.format(one).encode()


# ---------------------------------------------------------------- Office


@pytest.mark.parametrize(
    "content",
    [
        a_document(WORD_WITH_MACROS),
        a_document("application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
        a_document(**{"word/vbaProject.bin": OLE}),
        a_document(**{"word/media/image1.png": OLE}),
        a_document(**{"word/embeddings/oleObject1.bin": OLE}),
        a_document(**{"word/embeddings/table.xlsx": a_document(WORD_WITH_MACROS)}),
        a_document(**{"word/embeddings/table.xlsx": a_document(**{"xl/x.bin": OLE})}),
        a_document(**{"word/_rels/settings.xml.rels": relationship("attachedTemplate", "http://x/y.dotm")}),
        a_document(**{"word/_rels/document.xml.rels": relationship("oleObject", "file://x/y.hta")}),
    ],
    ids=range(9),
)
def test_office_files_with_macros_objects_or_templates_from_elsewhere_are_refused(content: bytes) -> None:
    assert "含有宏、嵌入的对象或外部模板" in refused(content)


@pytest.mark.parametrize("name", ["&#118;baProject", "VBAPROJECT"])
def test_a_macro_part_is_told_however_its_type_is_written(name: str) -> None:
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/>'
        f'<Override PartName="/word/x.bin" ContentType="application/vnd.ms-office.{name}"/></Types>'
    )
    for encoding in ("utf-8", "utf-16"):
        content = a_zip({"[Content_Types].xml": types.encode(encoding), "word/document.xml": b"<document/>"})
        assert "含有宏" in refused(content)


def test_links_and_charts_are_no_programs() -> None:
    parts = {
        "word/_rels/document.xml.rels": relationship("hyperlink", "https://example.org/"),
        "word/embeddings/Microsoft_Excel_Sheet.xlsx": a_workbook(),
        "word/media/image1.png": b"\x89PNG\r\n\x1a\n",
    }
    assert kind_of(a_document(**parts)) is MediaType.DOCX


def test_packages_in_packages_in_packages_are_not_looked_through_and_not_taken() -> None:
    inner = a_document(**{"a.docx": a_document()})
    assert "内嵌的文件过多或过大" in refused(a_document(**{"b.docx": inner}), DocumentUnreadable)


def test_a_list_of_parts_with_entities_is_not_parsed() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Types>&b;</Types>'
    refused(a_zip({"[Content_Types].xml": bomb}), DocumentUnreadable)


# ---------------------------------------------------------------- PDF


SCRIPT = b"<< /S /JavaScript /JS (app.alert) >>"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (a_pdf(SCRIPT), "脚本（JavaScript）"),
        (a_pdf(b"<< /S /#4aavaScript /J#53 (app.alert) >>"), "脚本（JavaScript）"),
        (a_pdf(root=b"/Names << /JavaScript << /Names [] >> >>"), "脚本（JavaScript）"),
        (a_pdf(root=b"/OpenAction << /S /URI /URI (http://x) >>"), "打开时自动执行的动作"),
        (a_pdf(b"<< /S /Named /N /Print >>", root=b"/OpenAction 4 0 R"), "打开时自动执行的动作"),
        (a_pdf(root=b"/AA << /WC << /S /Named >> >>"), "自动触发的动作"),
        (a_pdf(b"<< /S /Launch /F (cmd.exe) >>"), "启动程序或提交数据的动作"),
        (a_pdf(b"<< /S /SubmitForm /F (http://x) >>"), "启动程序或提交数据的动作"),
        (a_pdf(root=b"/Names << /EmbeddedFiles << /Names [] >> >>"), "内嵌的文件"),
        (a_pdf(b"<< /Type /Filespec /F (a.exe) /EF << /F 5 0 R >> >>"), "内嵌的文件"),
        (a_pdf(root=b"/AcroForm << /XFA [] /Fields [] >>"), "脚本（JavaScript）"),
    ],
    ids=range(11),
)
def test_pdfs_with_scripts_or_actions_are_refused(content: bytes, sentence: str) -> None:
    assert sentence in refused(content)


def compressed(*objects: bytes) -> bytes:
    """A PDF of 1.5: the objects lie in a compressed stream and are listed in a compressed table."""
    at, head, body = 0, b"", b""
    for number, each in enumerate(objects, start=1):
        head += b"%d %d " % (number, at)
        body += each + b" "
        at = len(body)
    packed = zlib.compress(head + body)
    content = b"%PDF-1.5\n"
    place = len(content)
    stream = b"%d 0 obj\n<< /Type /ObjStm /N %d /First %d /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream\nendobj\n"
    number = len(objects) + 1
    content += stream % (number, len(objects), len(head), len(packed), packed)
    rows = b"\x00" + bytes(4) + b"\xff"
    rows += b"".join(b"\x02" + number.to_bytes(4) + bytes([index]) for index in range(len(objects)))
    rows += b"\x01" + place.to_bytes(4) + b"\x00" + b"\x01" + len(content).to_bytes(4) + b"\x00"
    table = zlib.compress(rows)
    begins = len(content)
    content += (
        b"%d 0 obj\n<< /Type /XRef /Size %d /W [1 4 1] /Root 1 0 R /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream\nendobj\n"
        % (number + 1, number + 2, len(table), table)
    )
    return content + b"startxref\n%d\n%%%%EOF\n" % begins


PAGES = (b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>")


def test_what_is_hidden_in_a_compressed_object_stream_is_found() -> None:
    plain = compressed(b"<< /Type /Catalog /Pages 2 0 R >>", *PAGES)
    assert kind_of(plain) is MediaType.PDF
    hidden = compressed(b"<< /Type /Catalog /Pages 2 0 R /Names 4 0 R >>", *PAGES, SCRIPT)
    assert b"JavaScript" not in hidden
    assert "脚本" in refused(hidden)


def test_what_is_hidden_in_an_object_that_nobody_lists_is_found() -> None:
    assert "脚本" in refused(a_pdf(streams=b"9 0 obj\n" + SCRIPT + b"\nendobj\n"))


def encrypted(content: bytes, user_password: str = "") -> bytes:
    out, writer = BytesIO(), PdfWriter(clone_from=PdfReader(BytesIO(content)))
    writer.encrypt(user_password, "owner", algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


def test_a_pdf_that_nobody_can_open_without_a_password_is_refused_and_any_other_looked_into() -> None:
    assert "已加密" in refused(encrypted(a_pdf(), "secret"), DocumentUnreadable)
    assert kind_of(encrypted(a_pdf())) is MediaType.PDF
    assert "打开时" in refused(encrypted(a_pdf(root=b"/OpenAction << /S /Named /N /Print >>")))


@pytest.mark.parametrize(
    "content",
    [
        a_pdf(),
        a_pdf(root=b"/OpenAction [3 0 R /Fit]"),
        a_pdf(b"[3 0 R /Fit]", root=b"/OpenAction 4 0 R"),
        a_pdf(b"<< /S /URI /URI (https://example.org) >>"),
        a_pdf(b"<< /Title (What /JS and /AA mean \\(in short\\)) >>"),
        a_pdf(b"<< /Length 8 >>\nstream\n /JS /AA\nendstream"),
    ],
    ids=["plain", "a view at the start", "a view by reference", "a link", "words in a title", "bytes"],
)
def test_what_only_shows_pages_is_taken(content: bytes) -> None:
    assert kind_of(content) is MediaType.PDF


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n" + b"[" * 100_000 + b"\n%%EOF",
        b"%PDF-1.7\n" + b"<< /A " * 50_000 + b"\n%%EOF",
        a_pdf(b"[" * 100_000 + b"]" * 100_000),
        a_pdf().replace(b"/Root 1 0 R", b"/Root 9 0 R"),
        a_pdf().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]").replace(b"%%EOF\n", b"") + b"startxref\n0\n%%EOF",
    ],
    ids=["deep", "deep dictionaries", "deep object", "no root", "circle"],
)
def test_a_pdf_that_is_a_trap_for_its_reader_is_refused_or_taken_and_nothing_else(content: bytes) -> None:
    try:
        kind_of(content)
    except Refused as refusal:
        assert refusal.code in {"DOCUMENT_UNREADABLE", "ACTIVE_CONTENT"}


def test_a_compressed_object_stream_that_is_a_bomb_ends_only_its_own_process() -> None:
    bomb = compressed(b"<< /Type /Catalog /Pages 2 0 R >>", *PAGES, b"(" + b"a" * 100_000_000 + b")")
    assert len(bomb) < 200_000
    refused(bomb, DocumentUnreadable)


def test_a_reader_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program that never ends stands in for the reader."""
    slow = tmp_path / "slow"
    slow.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'import time; time.sleep({60})'\n")
    slow.chmod(0o700)
    monkeypatch.setattr(pdf.sys, "executable", str(slow))
    monkeypatch.setattr(pdf, "SECONDS", 0.2)
    assert "过于复杂" in refused(a_pdf(), DocumentUnreadable)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are Linux's")
def test_the_reader_has_little_memory_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    limits: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", lambda which, most: limits.update({which: most}))
    pdf_child._limit()
    assert limits[resource.RLIMIT_AS] == (2**30, 2**30)
    assert limits[resource.RLIMIT_CPU] == (10, 10)
    assert limits[resource.RLIMIT_FSIZE] == (0, 0)

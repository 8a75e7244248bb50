"""The .docx as an editor opens it: page, fonts, headings, tables, page numbers and signature after GB/T 9704."""

from __future__ import annotations

import locale
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import docx
import pytest
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph as WordParagraph

from yanbao.adapters.files.contents import CheckedContents
from yanbao.adapters.word.layout import CHARACTERS, CLOSER, LINES, NUMBER_3
from yanbao.adapters.word.writer import DocxWriter
from yanbao.application.ports.report import (
    Block,
    Document,
    Heading,
    Note,
    Paragraph,
    Table,
    TableColumn,
)
from yanbao.application.report.documents import document_of
from yanbao.domain.files.attachment import MediaType
from yanbao.domain.report.report import ReportKind

from ...support.written_reports import a_report

COLUMNS = (TableColumn("名次", 1), TableColumn("市（区）", 3, left=True), TableColumn("应报", 2))
A_TABLE = Table("各市（区）情况", COLUMNS, [["1", "西安市", "30"], ["2", "铜川市", "37"]], ["", "合计", "67"])


def a_document(*blocks: Block, **changes: Any) -> Document:
    document = Document(
        title=("关于2026年11月24日全省", "烟花爆竹企业安全承诺情况的通报"),
        addressee="各市（区）应急管理局：",
        blocks=blocks
        or (Heading("一、上报情况"), Heading("（一）排名", 2), Paragraph("截至12:30。"), A_TABLE),
        signed_by="陕西省应急管理厅",
        signed_on=date(2026, 11, 24),
        made_at=datetime(2026, 11, 24, 4, 31, tzinfo=UTC),
    )
    return replace(document, **changes)


def opened(document: Document | None = None) -> WordDocument:
    return docx.Document(BytesIO(DocxWriter().write(document or a_document())))


def style(word: WordDocument, text: str) -> Any:
    (found,) = [p for p in word.paragraphs if p.text == text]
    return found.style


def fonts(of: Any) -> set[str | None]:
    named = of.element.rPr.rFonts
    return {named.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "eastAsia", "cs")}


# ---------------------------------------------------------------- the page


def test_the_page_is_a4_with_the_margins_of_official_documents() -> None:
    section = opened().sections[0]

    def mm(length: Any) -> int:
        return round(length / Mm(1))

    assert (mm(section.page_width), mm(section.page_height)) == (210, 297)
    assert (mm(section.top_margin), mm(section.bottom_margin)) == (37, 35)
    assert (mm(section.left_margin), mm(section.right_margin)) == (28, 26)


def test_the_type_area_has_22_lines_of_28_characters() -> None:
    word = opened()
    section = word.sections[0]
    width = section.page_width - section.left_margin - section.right_margin  # type: ignore[operator]
    height = section.page_height - section.top_margin - section.bottom_margin  # type: ignore[operator]
    assert (round(width / Mm(1)), round(height / Mm(1))) == (156, 225)
    line = word.styles["Normal"].paragraph_format.line_spacing  # type: ignore[attr-defined]
    assert height // line == LINES == 22
    assert width // (NUMBER_3 + CLOSER) == CHARACTERS == 28
    assert Pt(28) <= line <= Pt(29)


def test_text_is_written_in_the_named_fonts_and_sizes() -> None:
    word = opened()
    for text, font, size in (
        ("关于2026年11月24日全省\n烟花爆竹企业安全承诺情况的通报", "方正小标宋简体", 22),
        ("各市（区）应急管理局：", "仿宋_GB2312", 16),
        ("一、上报情况", "黑体", 16),
        ("（一）排名", "楷体_GB2312", 16),
        ("截至12:30。", "仿宋_GB2312", 16),
        ("陕西省应急管理厅", "仿宋_GB2312", 16),
    ):
        found = style(word, text)
        assert fonts(found) == {font}, text
        assert found.font.size == Pt(size), text
        assert not found.font.bold and not found.font.italic


def test_no_font_of_a_theme_takes_the_place_of_a_named_one() -> None:
    with ZipFile(BytesIO(DocxWriter().write(a_document()))) as package:
        styles = package.read("word/styles.xml").decode()
    for name in ("Normal", "Title", "heading 1", "heading 2"):
        (found,) = re.findall(rf'<w:name w:val="{name}"/>.*?</w:style>', styles, re.DOTALL)
        assert "Theme" not in found


def test_headings_are_headings_of_their_level() -> None:
    word = opened()
    assert style(word, "一、上报情况").name == "Heading 1"
    assert style(word, "（一）排名").name == "Heading 2"
    assert style(word, "一、上报情况").paragraph_format.keep_with_next


def test_paragraphs_begin_two_characters_in_and_lines_have_a_fixed_height() -> None:
    body = style(opened(), "截至12:30。").paragraph_format
    assert body.first_line_indent == Pt(32)
    assert body.line_spacing_rule is WD_LINE_SPACING.EXACTLY
    assert style(opened(), "各市（区）应急管理局：").paragraph_format.first_line_indent == 0


# ---------------------------------------------------------------- tables


def test_a_table_has_a_caption_a_head_and_a_sum() -> None:
    word = opened()
    (table,) = word.tables
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    assert cells == [
        ["名次", "市（区）", "应报"],
        ["1", "西安市", "30"],
        ["2", "铜川市", "37"],
        ["", "合计", "67"],
    ]
    assert style(word, "各市（区）情况").name == "Table Caption"


def test_the_head_of_a_table_is_repeated_and_no_row_is_broken() -> None:
    (table,) = opened().tables
    head, *others = [row._tr.trPr for row in table.rows]
    assert head.find(qn("w:tblHeader")) is not None
    assert all(row.find(qn("w:tblHeader")) is None for row in others)
    assert all(row.find(qn("w:cantSplit")) is not None for row in (head, *others))


def test_a_table_has_three_lines_and_one_over_its_sum() -> None:
    (table,) = opened().tables
    borders = table._tbl.tblPr.find(qn("w:tblBorders"))
    assert [(line.tag, line.get(qn("w:sz"))) for line in borders] == [
        (qn("w:top"), "12"),
        (qn("w:bottom"), "12"),
    ]
    drawn = [
        [line.tag.rpartition("}")[2] for line in row.cells[0]._tc.tcPr.findall(f"{qn('w:tcBorders')}/*")]
        for row in table.rows
    ]
    assert drawn == [["bottom"], [], [], ["top"]]


def test_a_table_fills_the_type_area_by_the_weights_of_its_columns() -> None:
    (table,) = opened().tables
    widths = [cell.width for cell in table.rows[0].cells]
    assert sum(widths) == pytest.approx(Mm(156), rel=0.001)  # type: ignore[arg-type]
    assert [round(width / widths[0]) for width in widths] == [1, 3, 2]  # type: ignore[operator]


def test_a_small_table_stays_on_one_page_and_a_note_with_its_table() -> None:
    word = opened(a_document(A_TABLE, Note("注：按月。")))
    (table,) = word.tables
    assert all(row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in table.rows)


def test_a_table_without_rows_has_its_head() -> None:
    (table,) = opened(a_document(replace(A_TABLE, rows=(), total=None))).tables
    assert len(table.rows) == 1


# ---------------------------------------------------------------- page numbers, signature


def numbered(paragraph: WordParagraph) -> str:
    """The text of a footer with the field in braces."""
    parts = []
    for run in paragraph.runs:
        field = run._r.find(qn("w:instrText"))
        mark = run._r.find(qn("w:fldChar"))
        if field is not None:
            parts.append(f"{{{field.text.strip()}}}")
        elif mark is None and run.text != "1":
            parts.append(run.text)
    return "".join(parts)


def test_page_numbers_are_a_field_between_dashes_in_the_outer_corner() -> None:
    word = opened()
    section = word.sections[0]
    assert word.settings.odd_and_even_pages_header_footer
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        (paragraph,) = footer.paragraphs
        assert numbered(paragraph) == "— {PAGE} —"
        assert paragraph.alignment is side
        assert fonts(paragraph.style) == {"宋体"}
        assert paragraph.style is not None and paragraph.style.font.size == Pt(14)
    assert section.footer_distance is not None and section.bottom_margin is not None
    # The line of the number stands 7 mm below the type area.
    assert section.bottom_margin - section.footer_distance - Pt(14) / 2 == pytest.approx(Mm(7.5), abs=Mm(1))


def test_the_date_begins_two_characters_after_the_unit() -> None:
    word = opened()
    unit, day = word.paragraphs[-2:]
    assert (unit.text, day.text) == ("陕西省应急管理厅", "2026年11月24日")
    # 8 and 7 characters wide: the date ends a character further right, two before the edge.
    assert unit.paragraph_format.right_indent == Pt(3 * 16)
    assert day.paragraph_format.right_indent == Pt(2 * 16)
    assert unit.paragraph_format.keep_with_next


def test_a_long_unit_ends_two_characters_before_the_edge() -> None:
    unit, day = opened(a_document(signed_by="西咸新区应急管理和生态环境保护局")).paragraphs[-2:]
    assert unit.paragraph_format.right_indent == Pt(2 * 16)
    assert day.paragraph_format.right_indent == Pt((2 + 16 - 7 - 2) * 16)


def test_nobody_is_addressed_where_nobody_is_below() -> None:
    assert not any(p.style.name == "Addressee" for p in opened(a_document(addressee="")).paragraphs)  # type: ignore[union-attr]


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("kind", ReportKind)
def test_the_same_document_gives_the_same_bytes(kind: ReportKind) -> None:
    document = document_of(a_report(kind))
    assert DocxWriter().write(document) == DocxWriter().write(document)


def test_nothing_depends_on_the_language_of_the_machine() -> None:
    document = document_of(a_report())
    here = DocxWriter().write(document)
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
        assert DocxWriter().write(document) == here
    finally:
        locale.setlocale(locale.LC_ALL, before)


def test_the_properties_name_the_unit_and_the_title() -> None:
    properties = opened().core_properties
    assert properties.author == properties.last_modified_by == "陕西省应急管理厅"
    assert properties.title == "关于2026年11月24日全省烟花爆竹企业安全承诺情况的通报"
    assert properties.language == "zh-CN"


def test_characters_that_xml_cannot_hold_become_spaces() -> None:
    word = opened(a_document(Paragraph("第一行\n第二行\x00\x0b完")))
    assert "第一行 第二行  完" in [paragraph.text for paragraph in word.paragraphs]


def test_it_is_a_document_that_the_system_itself_would_accept() -> None:
    body = DocxWriter().write(document_of(a_report()))
    assert CheckedContents().examine(BytesIO(body)).media_type is MediaType.DOCX


@pytest.mark.parametrize("last", [A_TABLE, Paragraph("没有逾期未反馈的问题。"), Note("注：名次并列。")])
def test_the_signature_is_on_the_page_of_what_stands_above_it(last: Block) -> None:
    word = opened(a_document(Heading("一、上报情况"), last))
    above = word.tables[0].rows[-1].cells if last is A_TABLE else ()
    found = [cell.paragraphs[0] for cell in above] or [word.paragraphs[-3]]
    assert [paragraph.paragraph_format.keep_with_next for paragraph in found] == [True] * len(found)

"""Writes official documents as .docx, with python-docx; the same document always gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import _Footer
from docx.shared import Pt
from docx.text.paragraph import Paragraph as WordParagraph

from ...application.ports.report import Block, Document, Heading, Note, Paragraph, Table
from .layout import (
    ADDRESSEE,
    BODY,
    FOOTER,
    HEADINGS,
    LINE,
    NOTE,
    NUMBER_3,
    NUMBER_4,
    SIGNATURE,
    TITLE,
    StyleIds,
    lay_out,
)
from .tables import add_table
from .text import clean, width

_ZIPPED_AT: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every part in the package: with the real one, no two files were the same."""
BELOW_A_TABLE: Final = Pt(9)
MARGIN: Final = 2
"""Signature or date, whichever ends further right, stands so many characters before the edge."""


def write(document: Document) -> bytes:
    """Write the document; many threads may do so at once."""
    made = docx.Document()
    ids = lay_out(made)
    _add_title(made, document.title)
    if document.addressee:
        made.add_paragraph(clean(document.addressee), ADDRESSEE)
    around = [None, *document.blocks, None]
    for before, block, after in zip(around, document.blocks, around[2:], strict=False):
        _add(made, ids, block, before, after)
    _add_signature(made, document.signed_by, document.signed_on)
    _number_pages(made)
    _describe(made, document)
    body = BytesIO()
    made.save(body)
    return _repacked(body)


def _add_title(made: WordDocument, lines: Sequence[str]) -> None:
    title = made.add_paragraph(style=TITLE)
    for line in lines:
        run = title.add_run(clean(line))
        if line is not lines[-1]:
            run.add_break()
    title.paragraph_format.space_after = LINE


def _add(made: WordDocument, ids: StyleIds, block: Block, before: Block | None, after: Block | None) -> None:
    match block:
        case Heading(text, level):
            heading = made.add_paragraph(clean(text), HEADINGS[level])
            if isinstance(before, Table):
                heading.paragraph_format.space_before = BELOW_A_TABLE
        case Paragraph(text):
            paragraph = made.add_paragraph(clean(text), BODY)
            if isinstance(before, Table):
                paragraph.paragraph_format.space_before = BELOW_A_TABLE
            # A sentence that introduces a table stays with it. The signature is never alone on a page.
            paragraph.paragraph_format.keep_with_next = isinstance(after, Table) or after is None or None
        case Note(text):
            made.add_paragraph(clean(text), NOTE).paragraph_format.keep_with_next = after is None or None
        case Table():
            add_table(made, ids, block, keep_with_next=isinstance(after, Note) or after is None)


def _add_signature(made: WordDocument, signed_by: str, signed_on: date) -> None:
    """One line below the text: the unit, and under it the date, which begins two characters further right."""
    name, day = clean(signed_by), f"{signed_on.year}年{signed_on.month}月{signed_on.day}日"
    beyond = width(day) + 2 - width(name)
    first = _signed(made, name, MARGIN + max(beyond, 0))
    first.paragraph_format.space_before = LINE
    first.paragraph_format.keep_with_next = True
    _signed(made, day, MARGIN + max(-beyond, 0))


def _signed(made: WordDocument, text: str, from_right: float) -> WordParagraph:
    paragraph = made.add_paragraph(text, SIGNATURE)
    paragraph.paragraph_format.right_indent = Pt(from_right * NUMBER_3.pt)
    return paragraph


def _number_pages(made: WordDocument) -> None:
    """— 1 — in the outer corner: right on odd pages, left on even ones, a character away from the edge."""
    section = made.sections[0]
    _number(section.footer, WD_ALIGN_PARAGRAPH.RIGHT)
    _number(section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)


def _number(footer: _Footer, side: WD_ALIGN_PARAGRAPH) -> None:
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.style = FOOTER
    paragraph.alignment = side
    if side is WD_ALIGN_PARAGRAPH.RIGHT:
        paragraph.paragraph_format.right_indent = NUMBER_4
    else:
        paragraph.paragraph_format.left_indent = NUMBER_4
    paragraph.add_run("— ")
    for kind, text in (("begin", None), (None, " PAGE "), ("separate", None), (None, None), ("end", None)):
        run = paragraph.add_run()
        if kind is not None:
            mark: Any = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif text is not None:
            instruction: Any = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = text
            run._r.append(instruction)
        else:
            run.text = "1"
    paragraph.add_run(" —")


def _describe(made: WordDocument, document: Document) -> None:
    """Fill the properties; the template has those of its own author."""
    properties = made.core_properties
    properties.title = clean("".join(document.title))
    properties.author = properties.last_modified_by = clean(document.signed_by)
    properties.created = properties.modified = document.made_at.astimezone(UTC).replace(microsecond=0)
    properties.language, properties.revision = "zh-CN", 1
    properties.comments = properties.keywords = properties.subject = properties.category = ""


def _repacked(body: BytesIO) -> bytes:
    packed = BytesIO()
    with ZipFile(body) as source, ZipFile(packed, "w") as target:
        for name in source.namelist():
            part = ZipInfo(name, _ZIPPED_AT)
            part.compress_type = ZIP_DEFLATED
            part.external_attr = 0o600 << 16
            target.writestr(part, source.read(name))
    return packed.getvalue()

"""The layout of official documents after GB/T 9704: page, fonts, sizes and styles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

TITLE_FONT: Final = "方正小标宋简体"
BODY_FONT: Final = "仿宋_GB2312"
HEADING_FONT: Final = "黑体"
SECOND_HEADING_FONT: Final = "楷体_GB2312"
PAGE_NUMBER_FONT: Final = "宋体"

NUMBER_2: Final = Pt(22)
"""二号, the size of the title."""
NUMBER_3: Final = Pt(16)
"""三号, the size of the text."""
NUMBER_4: Final = Pt(14)
"""四号, the size of page numbers."""
SMALL_4: Final = Pt(12)
"""小四."""
NUMBER_5: Final = Pt(10.5)
"""五号."""

LINES, CHARACTERS = 22, 28
NOTHING: Final = Pt(0)
LINE: Final = Pt(28.95)
"""The height of a line: 22 of them fill the 225 mm of the type area."""
TYPE_WIDTH: Final = Mm(156)
CLOSER: Final = Pt(-0.25)
"""How much closer characters stand, so that 28 of them fit into the 156 mm of the type area.

The grid of Word could say so, too, but other programs spread the characters over two cells of it.
"""


@dataclass(frozen=True, slots=True)
class Looks:
    """A paragraph style. `line` None: the line grows with its font. `indent` is that of the first line."""

    font: str
    size: Length
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT
    line: Length | None = LINE
    indent: Length = NOTHING
    before: Length = NOTHING
    after: Length = NOTHING
    keep_with_next: bool = False
    grid: bool = True


BODY: Final = "Normal"
TITLE: Final = "Title"
HEADINGS: Final = {1: "Heading 1", 2: "Heading 2"}
ADDRESSEE: Final = "Addressee"
SIGNATURE: Final = "Signature Line"
CAPTION: Final = "Table Caption"
CELL: Final = "Table Cell"
HEAD_CELL: Final = "Table Head"
NOTE: Final = "Table Note"
FOOTER: Final = "Footer"

_CENTRE: Final = WD_ALIGN_PARAGRAPH.CENTER
_TWO_CHARACTERS: Final = Pt(2 * 16)
_LOOKS: Final = {
    BODY: Looks(BODY_FONT, NUMBER_3, WD_ALIGN_PARAGRAPH.JUSTIFY, indent=_TWO_CHARACTERS),
    TITLE: Looks(TITLE_FONT, NUMBER_2, _CENTRE, line=Pt(35), keep_with_next=True),
    HEADINGS[1]: Looks(HEADING_FONT, NUMBER_3, indent=_TWO_CHARACTERS, keep_with_next=True),
    HEADINGS[2]: Looks(SECOND_HEADING_FONT, NUMBER_3, indent=_TWO_CHARACTERS, keep_with_next=True),
    ADDRESSEE: Looks(BODY_FONT, NUMBER_3),
    SIGNATURE: Looks(BODY_FONT, NUMBER_3, WD_ALIGN_PARAGRAPH.RIGHT),
    CAPTION: Looks(
        HEADING_FONT, SMALL_4, _CENTRE, line=None, before=Pt(6), after=Pt(3), keep_with_next=True, grid=False
    ),
    CELL: Looks(BODY_FONT, NUMBER_5, _CENTRE, line=None, grid=False),
    HEAD_CELL: Looks(HEADING_FONT, NUMBER_5, _CENTRE, line=None, keep_with_next=True, grid=False),
    NOTE: Looks(
        BODY_FONT, NUMBER_5, WD_ALIGN_PARAGRAPH.JUSTIFY, line=None, before=Pt(3), after=Pt(9), grid=False
    ),
    FOOTER: Looks(PAGE_NUMBER_FONT, NUMBER_4, line=None, grid=False),
}


_AFTER_SWITCHES: Final = (
    *("w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc"),
    *("w:textDirection", "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId"),
    *("w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange"),
)
"""What the schema has after these elements in the properties of a paragraph."""
_AFTER_SPACING: Final = (
    *("w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u", "w:effect", "w:bdr"),
    *("w:shd", "w:fitText", "w:vertAlign", "w:rtl", "w:cs", "w:em", "w:lang", "w:eastAsianLayout"),
)
"""The same in the properties of a run."""


StyleIds = Mapping[str, str]
"""The id of each style by its name. To look one up costs python-docx a walk over all styles."""


def lay_out(document: Document) -> StyleIds:
    """Set page and styles of an empty document."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    # The line of the page number stands 7 mm below the type area.
    section.header_distance, section.footer_distance = Mm(15), Mm(25)
    document.settings.odd_and_even_pages_header_footer = True
    _set_grid(section._sectPr)
    _set_language(document)
    ids = {}
    for name, looks in _LOOKS.items():
        style = _style(document, name)
        _set_style(style, looks)
        ids[name] = style.style_id
    return ids


def _set_grid(section: Any) -> None:
    for old in section.findall(qn("w:docGrid")):
        section.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(round(LINE.pt * 20)))
    section.append(grid)


def _set_language(document: Document) -> None:
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "zh-CN")
        language.set(qn("w:eastAsia"), "zh-CN")


def _style(document: Document, name: str) -> ParagraphStyle:
    styles = document.styles
    if name in styles:
        found = styles[name]
    else:
        found = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        found.base_style = styles[BODY]
    assert isinstance(found, ParagraphStyle)
    return found


def _set_style(style: ParagraphStyle, looks: Looks) -> None:
    set_font(style.element.get_or_add_rPr(), looks.font)
    font = style.font
    font.size, font.bold, font.italic = looks.size, False, False
    font.color.rgb = RGBColor(0, 0, 0)
    paragraph = style.paragraph_format
    paragraph.alignment = looks.align
    paragraph.first_line_indent = looks.indent
    paragraph.left_indent = paragraph.right_indent = Pt(0)
    paragraph.space_before, paragraph.space_after = looks.before, looks.after
    paragraph.keep_with_next, paragraph.keep_together = looks.keep_with_next, False
    paragraph.widow_control = False
    if looks.line is None:
        paragraph.line_spacing_rule = WD_LINE_SPACING.SINGLE
    else:
        paragraph.line_spacing_rule, paragraph.line_spacing = WD_LINE_SPACING.EXACTLY, looks.line
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)  # Title of the template has a line below it.
    # No space between digits and Chinese characters: 11月24日.
    off = ["autoSpaceDE", "autoSpaceDN", *(() if looks.grid else ["snapToGrid"])]
    for name in off:
        switch = OxmlElement(f"w:{name}")
        switch.set(qn("w:val"), "0")
        properties.insert_element_before(switch, *_AFTER_SWITCHES)
    if looks.size == NUMBER_3:
        spacing = OxmlElement("w:spacing")
        spacing.set(qn("w:val"), str(round(CLOSER.pt * 20)))
        style.element.get_or_add_rPr().insert_element_before(spacing, *_AFTER_SPACING)


def set_font(properties: Any, name: str) -> None:
    """Name the font for all scripts; fonts of the theme would be taken before it."""
    fonts = properties.get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)

"""How the cells of a written workbook look: one format for each use, made once per workbook."""

from __future__ import annotations

from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from ....application.ports.workbook import CellKind

FONT: Final = "微软雅黑"
_LINE: Final = "#8C98A4"
_BODY: Final = {
    "font_name": FONT,
    "font_size": 10,
    "valign": "vcenter",
    "border": 1,
    "border_color": _LINE,
}
_TEXT: Final = {"num_format": "@", "quote_prefix": True}
"""Such a text stays text, also when somebody edits it."""
_KINDS: Final[dict[CellKind, dict[str, Any]]] = {
    CellKind.TEXT: {**_TEXT, "align": "left", "text_wrap": True},
    CellKind.INTEGER: {"num_format": "#,##0", "align": "right"},
    CellKind.DECIMAL: {"num_format": "#,##0.00", "align": "right"},
    CellKind.PERCENT: {"num_format": "0.0%", "align": "right"},
    CellKind.DATE: {"num_format": "yyyy-mm-dd", "align": "center"},
    CellKind.TIME: {"num_format": "yyyy-mm-dd hh:mm", "align": "center"},
    CellKind.DURATION: {"num_format": "[h]:mm", "align": "right"},
}
_TOTAL: Final = {"bold": True, "bg_color": "#F2F5F8", "top": 2}


class Formats:
    """The formats of one workbook."""

    def __init__(self, book: Workbook) -> None:
        def make(**properties: Any) -> Format:
            return book.add_format(properties)

        plain = {"font_name": FONT, **_TEXT}
        self.title = make(**plain, font_size=16, bold=True, align="center", valign="vcenter", text_wrap=True)
        self.line = make(**plain, font_size=10, align="left", valign="vcenter", text_wrap=True)
        self.header = make(
            **{**_BODY, **_TEXT, "bold": True, "bg_color": "#DCE6F1", "align": "center", "text_wrap": True}
        )
        self.numbers = {kind: make(**{**_BODY, **look}) for kind, look in _KINDS.items()}
        self.texts = {kind: make(**{**_BODY, **look, **_TEXT}) for kind, look in _KINDS.items()}
        self.total_numbers = {kind: make(**{**_BODY, **look, **_TOTAL}) for kind, look in _KINDS.items()}
        self.total_texts = {
            kind: make(**{**_BODY, **look, **_TEXT, **_TOTAL}) for kind, look in _KINDS.items()
        }

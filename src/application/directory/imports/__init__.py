"""Importing archives from tables: every row is checked first, then everything is written, or nothing."""

from .columns import FORMS, IMPORT_NAMES, ArchiveKind, Column, Form, SheetForm
from .run import ImportArchives
from .tables import (
    MOST_ROWS,
    REASON_HEADER,
    BadTable,
    Broken,
    BrokenFile,
    FileTooLarge,
    ImportResult,
    RefusedRow,
    Remark,
    Row,
    Sheet,
    Table,
    UnsupportedFile,
    Value,
)

__all__ = [
    "FORMS",
    "IMPORT_NAMES",
    "MOST_ROWS",
    "REASON_HEADER",
    "ArchiveKind",
    "BadTable",
    "Broken",
    "BrokenFile",
    "Column",
    "FileTooLarge",
    "Form",
    "ImportArchives",
    "ImportResult",
    "RefusedRow",
    "Remark",
    "Row",
    "Sheet",
    "SheetForm",
    "Table",
    "UnsupportedFile",
    "Value",
]

"""The document writer of the system: .docx by python-docx, which is loaded when the first document is written."""

from __future__ import annotations

from ...application.ports.report import Document


class DocxWriter:
    """Implements `ReportWriter`. Safe to use from many threads."""

    def write(self, document: Document) -> bytes:
        from .paper import write  # Loads python-docx, which most processes never need.

        return write(document)

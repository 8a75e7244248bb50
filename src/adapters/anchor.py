"""Keeps the head of the audit chain outside the database: an append-only file, one line per anchor."""

from __future__ import annotations

import os
from pathlib import Path


class FileAnchor:
    """Writes lines `<sequence number> <SM3 hex>`; put the file on another disk than the database."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def keep(self, number: int, digest: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="ascii") as out:
            out.write(f"{number} {digest}\n")
            out.flush()
            os.fsync(out.fileno())

    def newest(self) -> tuple[int, str] | None:
        if not self._file.exists():
            return None
        lines = self._file.read_text(encoding="ascii").splitlines()
        if not lines:
            return None
        number, digest = lines[-1].split()
        return int(number), digest


class MemoryAnchor:
    """The twin: keeps the anchors in a list."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, str]] = []

    def keep(self, number: int, digest: str) -> None:
        self.kept.append((number, digest))

    def newest(self) -> tuple[int, str] | None:
        return self.kept[-1] if self.kept else None

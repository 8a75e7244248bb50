"""Keeps the head of the audit chain outside the database: an append-only file, one line per anchor."""

from __future__ import annotations

import hmac
import json
import logging
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ..application.ports.operations import AnchorBreak, AnchorUnreadable, Head, NoAuditKey

log = logging.getLogger(__name__)

BREAK: Final = "break "
INCOMPLETE: Final = " incomplete"
"""Ends a line of which a crash wrote only a part; such a line is no anchor."""


class FileAnchor:
    """Writes lines `<sequence number> <SM3 hex>`; put the file on another disk than the database.

    A break is a line `break <JSON>` with an HMAC-SM3 by `key`. The file is only appended to, so that a disk
    may forbid everything else.
    """

    def __init__(self, file: Path, *, key: bytes | None = None) -> None:
        self._file = file
        self._key = key

    def keep(self, number: int, digest: str) -> None:
        self._append(f"{number} {digest}")

    def keep_break(self, broken: AnchorBreak) -> None:
        said = _said(broken)
        self._append(BREAK + json.dumps(said | {"signature": self._signature(said)}, sort_keys=True))

    def lines(self) -> Sequence[Head | AnchorBreak]:
        try:
            text = self._file.read_bytes().decode("ascii")
        except FileNotFoundError:
            # The first anchor makes the file; the trail says whether there should be one.
            return []
        except ValueError:
            raise AnchorUnreadable(f"{self._file} is not a file of anchors") from None
        *whole, half = text.split("\n")
        if half:
            log.warning("the last line of %s is incomplete and is ignored: %r", self._file, half)
        return [
            self._read(line, number)
            for number, line in enumerate(whole, start=1)
            if not line.endswith(INCOMPLETE)
        ]

    def _read(self, line: str, number: int) -> Head | AnchorBreak:
        try:
            if not line.startswith(BREAK):
                sequence, digest = line.split(" ")
                return int(sequence), digest
            said = json.loads(line.removeprefix(BREAK))
            signature = said.pop("signature")
            broken = _break_of(said)
        except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
            raise AnchorUnreadable(f"line {number} of {self._file} is no anchor") from None
        if not hmac.compare_digest(self._signature(said), str(signature)):
            raise AnchorUnreadable(f"the break in line {number} of {self._file} has a wrong signature")
        return broken

    def _signature(self, said: dict[str, Any]) -> str:
        if self._key is None:
            raise NoAuditKey("a break is signed by YANBAO_AUDIT_KEY, which is not set")
        from cryptography.hazmat.primitives.hashes import SM3
        from cryptography.hazmat.primitives.hmac import HMAC

        mac = HMAC(self._key, SM3())
        mac.update(json.dumps(said, sort_keys=True, separators=(",", ":")).encode())
        return mac.finalize().hex()

    def _append(self, line: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self._file.exists()
        with self._file.open("ab") as out:
            if self._ends_in_half_a_line():
                out.write(f"{INCOMPLETE}\n".encode())
            out.write(f"{line}\n".encode())
            out.flush()
            os.fsync(out.fileno())
        if is_new:
            # A new file is safe only when its folder is on the disk, too.
            folder = os.open(self._file.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _ends_in_half_a_line(self) -> bool:
        with self._file.open("rb") as file:
            if not file.seek(0, os.SEEK_END):
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"


def _said(broken: AnchorBreak) -> dict[str, Any]:
    return {
        "at": broken.at.isoformat(),
        "by": broken.by,
        "reason": broken.reason,
        "lost": None if broken.lost is None else list(broken.lost),
        "head": list(broken.head),
    }


def _break_of(said: dict[str, Any]) -> AnchorBreak:
    lost, head = said["lost"], said["head"]
    return AnchorBreak(
        at=datetime.fromisoformat(said["at"]),
        by=said["by"],
        reason=said["reason"],
        lost=None if lost is None else (int(lost[0]), str(lost[1])),
        head=(int(head[0]), str(head[1])),
    )


class MemoryAnchor:
    """The twin: keeps the lines in a list; its breaks need no signature."""

    def __init__(self) -> None:
        self.kept: list[Head | AnchorBreak] = []

    def keep(self, number: int, digest: str) -> None:
        self.kept.append((number, digest))

    def keep_break(self, broken: AnchorBreak) -> None:
        self.kept.append(broken)

    def lines(self) -> Sequence[Head | AnchorBreak]:
        return list(self.kept)

"""The simulator's store: one SQLite file, and one connection that threads use one at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from .reading import Submission

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    msg_group TEXT NOT NULL,
    msg_id TEXT,
    phone TEXT NOT NULL,
    text TEXT NOT NULL,
    sign TEXT NOT NULL,
    add_serial TEXT NOT NULL,
    received_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS message_by_id ON message (msg_id);
CREATE INDEX IF NOT EXISTS message_by_time ON message (received_at);
CREATE TABLE IF NOT EXISTS receipt (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message INTEGER NOT NULL REFERENCES message (seq),
    status TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('PENDING', 'POSTED', 'GIVEN_UP')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at TEXT NOT NULL,
    last_error TEXT
);
CREATE INDEX IF NOT EXISTS receipt_due ON receipt (state, due_at);
CREATE INDEX IF NOT EXISTS receipt_of ON receipt (message);
CREATE TABLE IF NOT EXISTS fault (one INTEGER PRIMARY KEY CHECK (one = 1), mode TEXT NOT NULL, times INTEGER);
CREATE TABLE IF NOT EXISTS tally (answer TEXT PRIMARY KEY, n INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class DueReceipt:
    """A receipt that is due; `attempts` counts the posts made so far."""

    seq: int
    msg_group: str
    phone: str
    status: str
    attempts: int
    received_at: datetime


class Store:
    """Keeps texts, their receipts, the next fault and the tally of answers. Instants are aware, in UTC."""

    def __init__(self, path: str | Path) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._db.row_factory = sqlite3.Row
        # WAL with NORMAL loses nothing when the process is killed; only a power cut may lose the last writes.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file after the current write."""
        with self._lock:
            self._db.close()

    def add(
        self, submission: Submission, *, now: datetime, receipts: tuple[str, ...], due_at: datetime
    ) -> str:
        """Store one row per number, with pending receipts of these statuses; returns the new msgGroup."""
        group = uuid4().hex
        with self._writing() as db:
            for phone in submission.mobiles:
                seq = db.execute(
                    "INSERT INTO message (msg_group, msg_id, phone, text, sign, add_serial, received_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        group,
                        submission.msg_id,
                        phone,
                        submission.content,
                        submission.sign,
                        submission.add_serial,
                        _text(now),
                    ),
                ).lastrowid
                db.executemany(
                    "INSERT INTO receipt (message, status, state, due_at) VALUES (?, ?, 'PENDING', ?)",
                    [(seq, status, _text(due_at)) for status in receipts],
                )
        return group

    def messages(
        self, *, after: int = 0, since: datetime | None = None, limit: int, newest_first: bool = False
    ) -> list[dict[str, Any]]:
        """Rows with seq > `after`, received from `since` on, with `receipts` and their summary `receipt`."""
        order = "DESC" if newest_first else "ASC"
        with self._reading() as db:
            rows = db.execute(
                "SELECT seq, msg_group, msg_id, phone, text, sign, add_serial, received_at FROM message"
                f" WHERE seq > ? AND received_at >= ? ORDER BY seq {order} LIMIT ?",
                (after, _text(since) if since else "", limit),
            ).fetchall()
            found = {row["seq"]: {**dict(row), "receipts": []} for row in rows}
            marks = ",".join("?" * len(found))
            for receipt in db.execute(
                "SELECT message, status, state, attempts, last_error FROM receipt"
                f" WHERE message IN ({marks}) ORDER BY seq",
                tuple(found),
            ):
                told = dict(receipt)
                found[told.pop("message")]["receipts"].append(told)
        for message in found.values():
            states = {receipt["state"] for receipt in message["receipts"]}
            message["receipt"] = next(
                (state for state in ("PENDING", "GIVEN_UP", "POSTED") if state in states), "NONE"
            )
        return list(found.values())

    def group_of(self, msg_id: str) -> str | None:
        """The latest msgGroup given for the caller's own id, or None."""
        with self._reading() as db:
            row = db.execute(
                "SELECT msg_group FROM message WHERE msg_id = ? ORDER BY seq DESC", (msg_id,)
            ).fetchone()
        return row and str(row["msg_group"])

    def due(self, *, now: datetime, limit: int, msg_group: str | None = None) -> list[DueReceipt]:
        """Receipts due now, the longest waiting first; only those of `msg_group` if it is given."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT r.seq, m.msg_group, m.phone, r.status, r.attempts, m.received_at"
                " FROM receipt r JOIN message m ON m.seq = r.message"
                " WHERE r.state = 'PENDING' AND r.due_at <= ? AND (? IS NULL OR m.msg_group = ?)"
                " ORDER BY r.due_at, r.seq LIMIT ?",
                (_text(now), msg_group, msg_group, limit),
            ).fetchall()
        return [
            DueReceipt(
                row["seq"],
                row["msg_group"],
                row["phone"],
                row["status"],
                row["attempts"],
                datetime.fromisoformat(row["received_at"]),
            )
            for row in rows
        ]

    def posted(self, seq: int) -> None:
        """Mark the receipt as posted: the receiver took it."""
        with self._writing() as db:
            db.execute(
                "UPDATE receipt SET state = 'POSTED', attempts = attempts + 1, last_error = NULL WHERE seq = ?",
                (seq,),
            )

    def post_failed(self, seq: int, *, error: str, again_at: datetime | None) -> None:
        """Record a failed post: retry at `again_at`, or give up if it is None."""
        with self._writing() as db:
            db.execute(
                "UPDATE receipt SET attempts = attempts + 1, last_error = ?, state = ?, due_at = coalesce(?, due_at)"
                " WHERE seq = ?",
                (error, "PENDING" if again_at else "GIVEN_UP", _text(again_at) if again_at else None, seq),
            )

    def take_fault(self) -> str:
        """The fault for this request ("ok" if there is none); counts its `times` down."""
        with self._writing() as db:
            row = db.execute("SELECT mode, times FROM fault").fetchone()
            if row is None:
                return "ok"
            db.execute("UPDATE fault SET times = times - 1")
            db.execute("DELETE FROM fault WHERE times <= 0")
            return str(row["mode"])

    def fault(self) -> dict[str, Any]:
        """The current fault, `{"mode", "times"}`; `times` counts down (None: until it is changed)."""
        with self._reading() as db:
            row = db.execute("SELECT mode, times FROM fault").fetchone()
        return dict(row) if row else {"mode": "ok", "times": None}

    def set_fault(self, mode: str, times: int | None) -> None:
        """Replace the fault; "ok" removes it."""
        with self._writing() as db:
            db.execute("DELETE FROM fault")
            if mode != "ok":
                db.execute("INSERT INTO fault (one, mode, times) VALUES (1, ?, ?)", (mode, times))

    def count_answer(self, answer: str) -> None:
        """Count one answer: a rspcod, or the name of the fault mode."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO tally (answer, n) VALUES (?, 1) ON CONFLICT (answer) DO UPDATE SET n = n + 1",
                (answer,),
            )

    def counts(self) -> dict[str, Any]:
        """`{"messages", "distinct": msgIds, "receipts": {state: n}, "answers": {answer: n}}`."""
        with self._reading() as db:
            messages, distinct = db.execute("SELECT count(*), count(DISTINCT msg_id) FROM message").fetchone()
            receipts = dict.fromkeys(("PENDING", "POSTED", "GIVEN_UP"), 0)
            receipts.update(
                (row[0], row[1]) for row in db.execute("SELECT state, count(*) FROM receipt GROUP BY state")
            )
            answers = {row[0]: row[1] for row in db.execute("SELECT answer, n FROM tally ORDER BY answer")}
        return {"messages": messages, "distinct": distinct, "receipts": receipts, "answers": answers}

    def reset(self) -> None:
        """Delete everything: texts, receipts, counts and the fault."""
        with self._writing() as db:
            for table in ("receipt", "message", "fault", "tally"):
                db.execute(f"DELETE FROM {table}")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                # Roll back on any error, and let it reach the caller.
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def later(now: datetime, seconds: float) -> datetime:
    """`now` plus seconds."""
    return now + timedelta(seconds=seconds)


def _text(instant: datetime) -> str:
    # All texts have the same width, so they sort like the instants.
    return instant.astimezone(UTC).isoformat(timespec="microseconds")

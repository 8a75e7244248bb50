"""The simulator's store, one SQLite file: every message as received, every record, and the nonces."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....application.ports.exchange import RecordKind
from ..messages import canonical
from ..signing import NONCE_SECONDS
from .items import Items
from .rules import RULES

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, received_at REAL NOT NULL, path TEXT NOT NULL, message_id TEXT,
    body BLOB NOT NULL, outcome TEXT NOT NULL, http_status INTEGER, answer TEXT);
CREATE TABLE IF NOT EXISTS record (
    id TEXT PRIMARY KEY, company_code TEXT NOT NULL, commit_date TEXT NOT NULL, version INTEGER NOT NULL,
    area_code TEXT NOT NULL, content TEXT NOT NULL, digest TEXT NOT NULL, received_at REAL NOT NULL,
    times INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS record_of_day ON record (commit_date, company_code, version);
CREATE TABLE IF NOT EXISTS weekly (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, day TEXT NOT NULL, area TEXT NOT NULL, content TEXT NOT NULL,
    digest TEXT NOT NULL, received_at REAL NOT NULL, times INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS weekly_of_day ON weekly (day, kind, area);
CREATE TABLE IF NOT EXISTS result (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, day TEXT NOT NULL,
    object TEXT NOT NULL, content TEXT NOT NULL, digest TEXT NOT NULL, received_at REAL NOT NULL,
    times INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS result_of_day ON result (day, kind, id);
CREATE INDEX IF NOT EXISTS result_of_object ON result (kind, object, seq);
CREATE TABLE IF NOT EXISTS nonce (nonce TEXT PRIMARY KEY, seen_at REAL NOT NULL);
"""
_CURRENT = """NOT EXISTS (SELECT 1 FROM record newer WHERE newer.commit_date = r.commit_date
    AND newer.company_code = r.company_code AND (newer.version, newer.id) > (r.version, r.id))"""
_ROW = "r.id, r.content, r.digest, r.received_at, r.times"
_RESULTS = frozenset({RecordKind.PROBLEM, RecordKind.ALERT})


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message in the ledger: the raw body, its outcome, and the answer.

    `received_at` is Unix time. `http_status` is None if no answer was sent.
    `answer` is None for a fault that happened before the message was read.
    """

    received_at: float
    path: str
    message_id: str | None
    body: bytes
    outcome: str
    http_status: int | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A record in the words of the default profile, and the SM3 (hex) of the record as it was sent."""

    record: Mapping[str, Any]
    digest: str


class Store:
    """Stores, counts and reads. One connection, used only from the event loop's thread.

    A record id is stored once: when it comes again, the newer content replaces it and `times` goes up by one.
    The current record of an enterprise and day has the highest version.
    """

    def __init__(self, path: str) -> None:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA busy_timeout=5000")
        self._db.executescript(_SCHEMA)
        self.items = Items(self._db)
        """What was stated, and every sending of it."""

    def close(self) -> None:
        self._db.close()

    def remember(self, nonce: str, at: float) -> bool:
        """Keep the nonce on disk; False if it is kept already. A restart loses none."""
        self._db.execute("DELETE FROM nonce WHERE seen_at < ?", (at - NONCE_SECONDS,))
        return self._db.execute("INSERT OR IGNORE INTO nonce VALUES (?, ?)", (nonce, at)).rowcount == 1

    def keep(
        self,
        records: Sequence[Taken],
        arrival: Arrival,
        kind: RecordKind = RecordKind.COMMITMENT,
    ) -> None:
        """Store the records and their message's line in the ledger, in one transaction."""
        with self.together():
            for record in records:
                if kind is RecordKind.COMMITMENT:
                    self._keep_commitment(record, arrival.received_at)
                elif kind in _RESULTS:
                    self._keep_result(kind, record, arrival.received_at)
                else:
                    self._keep_weekly(kind, record, arrival.received_at)
            self._db.execute(
                """INSERT INTO message (received_at, path, message_id, body, outcome, http_status, answer)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
                (
                    arrival.received_at,
                    arrival.path,
                    arrival.message_id,
                    arrival.body,
                    arrival.outcome,
                    arrival.http_status,
                    arrival.answer,
                ),
            )

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction for all that is kept within; within another one, a part of it."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            # Roll back on any error; the caller handles it.
            self._db.execute("ROLLBACK")
            raise

    def _keep_commitment(self, taken: Taken, received_at: float) -> None:
        record = taken.record
        self._db.execute(
            """INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET
            company_code = excluded.company_code, commit_date = excluded.commit_date,
            version = excluded.version, area_code = excluded.area_code, content = excluded.content,
            digest = excluded.digest, received_at = excluded.received_at, times = times + 1""",
            (
                record["id"],
                record["companyCode"],
                record["commitDate"],
                record["version"],
                record["areaCode"],
                canonical(record).decode(),
                taken.digest,
                received_at,
            ),
        )

    def _keep_weekly(self, kind: RecordKind, taken: Taken, received_at: float) -> None:
        rules, record = RULES[kind], taken.record
        self._db.execute(
            """INSERT INTO weekly VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET
            kind = excluded.kind, day = excluded.day, area = excluded.area, content = excluded.content,
            digest = excluded.digest, received_at = excluded.received_at, times = times + 1""",
            (
                record["id"],
                kind.value,
                record[rules.day],
                record[rules.key],
                canonical(record).decode(),
                taken.digest,
                received_at,
            ),
        )

    def _keep_result(self, kind: RecordKind, taken: Taken, received_at: float) -> None:
        record = taken.record
        self._db.execute(
            """INSERT INTO result (id, kind, day, object, content, digest, received_at, times)
            VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET
            kind = excluded.kind, day = excluded.day, object = excluded.object, content = excluded.content,
            digest = excluded.digest, received_at = excluded.received_at, times = times + 1""",
            (
                record["id"],
                kind.value,
                day_of(kind, record),
                object_of(kind, record),
                canonical(record).decode(),
                taken.digest,
                received_at,
            ),
        )

    def receipts(self, kind: RecordKind, day: str, page: int, size: int) -> tuple[int, list[dict[str, str]]]:
        """The number of records of the day, and one page (from 1) of their ids and digests."""
        held, given = "record WHERE commit_date = ?", [day]
        if kind is not RecordKind.COMMITMENT:
            table = "result" if kind in _RESULTS else "weekly"
            held, given = f"{table} WHERE day = ? AND kind = ?", [day, kind.value]
        (total,) = self._db.execute(f"SELECT count(*) FROM {held}", given).fetchone()
        rows = self._db.execute(
            f"SELECT id, digest FROM {held} ORDER BY id LIMIT ? OFFSET ?", (*given, size, (page - 1) * size)
        )
        return total, [{"id": row["id"], "digest": row["digest"]} for row in rows]

    def current(self, commit_date: str) -> list[dict[str, Any]]:
        """The current record of every enterprise for the day, by company code; includes deleted ones."""
        rows = self._db.execute(
            f"SELECT {_ROW} FROM record r WHERE r.commit_date = ? AND {_CURRENT} ORDER BY r.company_code",
            (commit_date,),
        )
        return [_described(row) for row in rows]

    def weekly(self, most: int, day: str | None = None) -> list[dict[str, Any]]:
        """Rows of the weekly push as received, newest week first, then by kind and local area code."""
        rows = self._db.execute(
            """SELECT kind, id, content, digest, received_at, times FROM weekly WHERE day = coalesce(?, day)
            ORDER BY day DESC, kind, area, id LIMIT ?""",
            (day, most),
        )
        return [{"kind": row["kind"], **_described(row)} for row in rows]

    def results(self, most: int, of: str | None = None) -> list[dict[str, Any]]:
        """Changes of problems and alerts in the order in which they came; of one object, or of all.

        An object is named by the ministry's id, or by ours for an alert of our own.
        """
        rows = self._db.execute(
            """SELECT kind, object, id, content, digest, received_at, times FROM result
            WHERE object = coalesce(?, object) ORDER BY seq LIMIT ?""",
            (of, most),
        )
        return [{"kind": row["kind"], "object": row["object"], **_described(row)} for row in rows]

    def newest(self, most: int) -> list[dict[str, Any]]:
        """The records received last, newest first."""
        rows = self._db.execute(
            f"SELECT {_ROW} FROM record r ORDER BY r.received_at DESC, r.id LIMIT ?", (most,)
        )
        return [_described(row) for row in rows]

    def counts(self, *, most_days: int, commit_date: str | None = None) -> list[dict[str, Any]]:
        """Per day, newest first: counts of current, not deleted records, by status, and of all record ids."""
        alive = f"{_CURRENT} AND json_extract(r.content, '$.deleted') = '0'"
        status = "json_extract(r.content, '$.commitStatus')"
        rows = self._db.execute(
            f"""SELECT r.commit_date AS day, count(*) AS records, sum({alive}) AS current,
            sum({alive} AND {status} = '1') AS producing, sum({alive} AND {status} = '2') AS stopped
            FROM record r WHERE r.commit_date = coalesce(?, r.commit_date)
            GROUP BY r.commit_date ORDER BY r.commit_date DESC LIMIT ?""",
            (commit_date, most_days),
        )
        return [dict(row) for row in rows]

    def cities(self, commit_date: str) -> dict[str, int]:
        """Current, not deleted records of the day by the first four digits of the area code."""
        rows = self._db.execute(
            f"""SELECT substr(r.area_code, 1, 4) AS city, count(*) AS current FROM record r
            WHERE r.commit_date = ? AND {_CURRENT} AND json_extract(r.content, '$.deleted') = '0'
            GROUP BY city ORDER BY city""",
            (commit_date,),
        )
        return {row["city"]: row["current"] for row in rows}

    def reporting(self) -> tuple[list[str], list[str]]:
        """The credit codes and the area codes of all enterprises that have ever reported."""
        companies = self._db.execute("SELECT DISTINCT company_code FROM record ORDER BY 1")
        areas = self._db.execute("SELECT DISTINCT area_code FROM record ORDER BY 1")
        return [row[0] for row in companies], [row[0] for row in areas]

    def messages(self, most: int) -> list[dict[str, Any]]:
        """The ledger's last messages, newest first; `body` is UTF-8 text with undecodable bytes escaped."""
        rows = self._db.execute("SELECT * FROM message ORDER BY seq DESC LIMIT ?", (most,))
        return [{**row, "body": row["body"].decode(errors="backslashreplace")} for row in map(dict, rows)]

    def reset(self) -> None:
        """Delete messages and records. Nonces stay: a reset must not let an old message in again."""
        self._db.execute("DELETE FROM message")
        self._db.execute("DELETE FROM record")
        self._db.execute("DELETE FROM weekly")
        self._db.execute("DELETE FROM result")
        self.items.reset()


def day_of(kind: RecordKind, record: Mapping[str, Any]) -> str:
    """The business day of a record: its own, or that of the change."""
    text: str = record[RULES[kind].day]
    return text[:8] + "000000"


def object_of(kind: RecordKind, record: Mapping[str, Any]) -> str:
    """What a change belongs to: the ministry's id, or ours if the ministry has none."""
    found: str = (
        record["problemId"] if kind is RecordKind.PROBLEM else record["warnId"] or record["extLocalId"]
    )
    return found


def _described(row: sqlite3.Row) -> dict[str, Any]:
    content: str = row["content"]
    record = json.loads(content)
    return {
        "id": row["id"],
        "version": record.get("version"),
        "times": row["times"],
        "receivedAt": row["received_at"],
        "digest": row["digest"],
        "record": record,
    }

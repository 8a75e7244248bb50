"""What the simulator has stated, each sending of it with the province's answer, and the results that came back."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from ....application.ports.inbound import MinistryProblem, MinistryWarning
from ....domain.exchange.inbound import InboundKind
from ..messages import canonical
from .inventing import Stated

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS item (
    external_id TEXT NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL, stated TEXT NOT NULL,
    record TEXT NOT NULL, stated_at REAL NOT NULL, PRIMARY KEY (external_id, version));
CREATE TABLE IF NOT EXISTS sending (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, message_id TEXT NOT NULL, how TEXT NOT NULL,
    body BLOB NOT NULL, headers TEXT NOT NULL, mailbox INTEGER NOT NULL, sent_at REAL NOT NULL,
    http_status INTEGER, answer TEXT, answered_at REAL);
CREATE INDEX IF NOT EXISTS sending_waiting ON sending (seq) WHERE mailbox = 1 AND answered_at IS NULL;
CREATE TABLE IF NOT EXISTS sent (
    seq INTEGER NOT NULL, external_id TEXT NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (external_id, seq, version)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS numbering (prefix TEXT NOT NULL, last INTEGER NOT NULL);
"""
_PREFIXES: Final = {
    InboundKind.PATROL_PROBLEM: "XC",
    InboundKind.SPOT_CHECK_PROBLEM: "CC",
    InboundKind.WARNING: "YJ",
}
_PROBLEM: Final = TypeAdapter(MinistryProblem)
_WARNING: Final = TypeAdapter(MinistryWarning)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an item: in our words, and as the record that is sent."""

    kind: InboundKind
    stated: Stated
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that is about to be sent, or laid into the mailbox; `how` says what is special about it."""

    kind: InboundKind
    message_id: str
    how: str
    body: bytes
    headers: Mapping[str, str]
    versions: Sequence[tuple[str, int]]
    """External id and version of each record."""
    mailbox: bool = False


class Items:
    """Stores and reads on the connection of the simulator's store, from the event loop's thread only."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.executescript(SCHEMA)
        if db.execute("SELECT 1 FROM numbering").fetchone() is None:
            # A new store after an old one must not give out the same ids again.
            db.execute("INSERT INTO numbering VALUES (?, 0)", (secrets.token_hex(3),))

    def next_id(self, kind: InboundKind) -> str:
        """A new external id, such as `YJ-3fa9c2-000017`."""
        prefix, last = self._db.execute(
            "UPDATE numbering SET last = last + 1 RETURNING prefix, last"
        ).fetchone()
        return f"{_PREFIXES[kind]}-{prefix}-{last:06}"

    def state(self, versions: Sequence[Version], at: float) -> None:
        """Store versions of items, all or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany(
                "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        one.stated.external_id,
                        one.stated.version,
                        one.kind.value,
                        _dumped(one.stated),
                        canonical(one.record).decode(),
                        at,
                    )
                    for one in versions
                ],
            )
            self._db.execute("COMMIT")
        except BaseException:
            # Roll back on any error; the caller handles it.
            self._db.execute("ROLLBACK")
            raise

    def newest(self, external_id: str) -> Version | None:
        """The last version that was stated; None if there is no such item."""
        row = self._db.execute(
            "SELECT * FROM item WHERE external_id = ? ORDER BY version DESC LIMIT 1", (external_id,)
        ).fetchone()
        if row is None:
            return None
        kind = InboundKind(row["kind"])
        reader: TypeAdapter[Any] = _WARNING if kind is InboundKind.WARNING else _PROBLEM
        return Version(kind, reader.validate_json(row["stated"]), json.loads(row["record"]))

    def add(self, sending: Sending, at: float) -> int:
        """Store a message before it is sent; returns its number."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            cursor = self._db.execute(
                """INSERT INTO sending (kind, message_id, how, body, headers, mailbox, sent_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
                (
                    sending.kind.value,
                    sending.message_id,
                    sending.how,
                    sending.body,
                    json.dumps(dict(sending.headers)),
                    int(sending.mailbox),
                    at,
                ),
            )
            seq = cursor.lastrowid
            assert seq is not None, "an INSERT has made a row"
            self._db.executemany(
                "INSERT OR IGNORE INTO sent VALUES (?, ?, ?)", [(seq, *one) for one in sending.versions]
            )
            self._db.execute("COMMIT")
        except BaseException:
            # Roll back on any error; the caller handles it.
            self._db.execute("ROLLBACK")
            raise
        return seq

    def answered(self, seq: int, status: int | None, answer: str, at: float) -> None:
        """Keep the answer to a message; `status` None: none came, and `answer` says why."""
        self._db.execute(
            "UPDATE sending SET http_status = ?, answer = ?, answered_at = ? WHERE seq = ?",
            (status, answer, at, seq),
        )

    def waiting(self, kind: InboundKind, most: int) -> tuple[int, list[sqlite3.Row]]:
        """How many messages of a kind in the mailbox are not confirmed, and the oldest of them."""
        unconfirmed = "FROM sending WHERE mailbox = 1 AND answered_at IS NULL AND kind = ?"
        (total,) = self._db.execute(f"SELECT count(*) {unconfirmed}", (kind.value,)).fetchone()
        rows = self._db.execute(f"SELECT * {unconfirmed} ORDER BY seq LIMIT ?", (kind.value, most))
        return total, rows.fetchall()

    def confirm(self, seq: int, answer: str, at: float) -> bool:
        """Keep what became of a message of the mailbox; False if it was confirmed before, or never was."""
        done = self._db.execute(
            "UPDATE sending SET answer = ?, answered_at = ? WHERE seq = ? AND mailbox = 1 AND answered_at IS NULL",
            (answer, at, seq),
        )
        return done.rowcount == 1

    def known(self) -> list[str]:
        """The external ids of all items, the one that was stated last first."""
        rows = self._db.execute(
            "SELECT external_id FROM item WHERE version = 1 ORDER BY stated_at DESC, rowid DESC"
        )
        return [row["external_id"] for row in rows]

    def described(self, most: int, external_ids: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """The items with both directions, the newest first; only these ids if some are given."""
        wanted = self.known()[:most] if external_ids is None else list(external_ids)[:most]
        return [self._described(one) for one in wanted]

    def strays(self, most: int) -> list[dict[str, Any]]:
        """Results of what was not stated here, such as the province's own alerts; the newest first."""
        rows = self._db.execute(
            """SELECT * FROM result r WHERE NOT EXISTS
            (SELECT 1 FROM item i WHERE i.external_id = r.object) ORDER BY seq DESC LIMIT ?""",
            (most,),
        )
        return [_result(row) for row in rows]

    def _described(self, external_id: str) -> dict[str, Any]:
        versions = self._db.execute(
            "SELECT * FROM item WHERE external_id = ? ORDER BY version", (external_id,)
        ).fetchall()
        sendings = self._db.execute(
            """SELECT g.*, t.version FROM sent t JOIN sending g ON g.seq = t.seq
            WHERE t.external_id = ? ORDER BY g.seq, t.version""",
            (external_id,),
        ).fetchall()
        results = self._db.execute(
            "SELECT * FROM result WHERE object = ? ORDER BY seq", (external_id,)
        ).fetchall()
        return {
            "externalId": external_id,
            "kind": versions[0]["kind"] if versions else None,
            "versions": [
                {
                    "version": row["version"],
                    "statedAt": row["stated_at"],
                    "record": json.loads(row["record"]),
                    "times": sum(sending["version"] == row["version"] for sending in sendings),
                }
                for row in versions
            ],
            "sendings": [_sending(row) for row in sendings],
            "returned": [_result(row) for row in results],
        }

    def reset(self) -> None:
        """Delete everything but the numbering: an id is never given out twice."""
        for table in ("item", "sending", "sent"):
            self._db.execute(f"DELETE FROM {table}")


def _sending(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "number": row["seq"],
        "version": row["version"],
        "messageId": row["message_id"],
        "how": row["how"],
        "by": "mailbox" if row["mailbox"] else "push",
        "sentAt": row["sent_at"],
        "status": row["http_status"],
        "answer": row["answer"],
    }


def _result(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "externalId": row["object"],
        "kind": row["kind"],
        "receivedAt": row["received_at"],
        "times": row["times"],
        "record": json.loads(row["content"]),
    }


def _dumped(stated: Stated) -> str:
    adapter: TypeAdapter[Any] = _WARNING if isinstance(stated, MinistryWarning) else _PROBLEM
    return adapter.dump_json(stated).decode()

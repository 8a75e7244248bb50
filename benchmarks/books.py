"""The books after a load: what was accepted is there, once, with its version, its outbox row and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from yanbao.adapters.sql import tally

_BOOKS: Final = """
SELECT count(*), count(*) FILTER (WHERE c.late), count(*) FILTER (WHERE c.late <> (c.reported_at >= c.due_at)),
       sum((SELECT count(*) FROM commitment_version v
            WHERE v.commitment_id = c.id AND v.report->>'origin' = 'MANUAL')),
       sum((SELECT count(*) FROM outbox o WHERE o.topic = 'MINISTRY_COMMITMENT'
            AND o.object_key = c.id::text AND o.revision = c.revision))
FROM commitment c
WHERE c.origin = 'MANUAL' AND c.business_date = %(day)s AND c.enterprise_id = ANY(%(enterprises)s)
"""


@dataclass(frozen=True, slots=True)
class Books:
    """Of the enterprises that sent something: how many are reported by a person, of these late, late by mistake;

    versions and outbox rows of these reports; and whether the roll-up of the whole day equals its recount.
    """

    reported: int
    late: int
    misjudged: int
    versions: int
    outbox: int
    tallies_agree: bool

    def right(self, accepted: int) -> bool:
        """Whether they hold exactly what was accepted."""
        kept = (self.reported, self.versions, self.outbox)
        return kept == (accepted,) * 3 and not self.misjudged and self.tallies_agree


def books(connection: psycopg.Connection, engine: Engine, day: date, enterprises: Sequence[UUID]) -> Books:
    """Read them from the tables themselves."""
    row = connection.execute(_BOOKS, {"day": day, "enterprises": list(enterprises)}).fetchone()
    assert row is not None
    with engine.connect() as reading:
        agree = tally.kept(reading, day) == tally.recount(reading, day)
    reported, late, misjudged, versions, outbox = (int(value or 0) for value in row)
    return Books(reported, late, misjudged, versions, outbox, agree)

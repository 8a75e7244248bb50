"""The commitments of a day as they stood at an instant, on every storage, whatever was reported since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.commitment import CommitmentAsOf
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.commitment.form import ProductionStatus
from yanbao.domain.signed import Origin

from ...support.builders import DAY, DUE, NOW, PUCHENG, WEINAN, a_form_for
from ...support.commitments import facts, signed
from .commitments import (
    AUTOMATIC,
    LATE,
    OWING,
    PRODUCER,
    STOPPED,
    WHOLESALER,
    YESTERDAY,
    change,
    settle_answers,
)

EVENING = DUE + timedelta(hours=8)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def answered(storage: Storage) -> Storage:
    settle_answers(storage)
    return storage


def names(rows: Sequence[CommitmentAsOf]) -> list[str]:
    return [row.enterprise_name for row in rows]


def one(readers: Readers, name: str, at: datetime) -> CommitmentAsOf:
    (row,) = [
        row for row in readers.commitments.day_as_of(DAY, at, EVERYTHING) if row.enterprise_name == name
    ]
    return row


def stood(row: CommitmentAsOf) -> tuple[object, ...]:
    return row.status, row.origin, row.late, row.first_reported_at


def test_in_the_evening_it_is_what_the_list_shows(answered: Storage, readers: Readers) -> None:
    rows = readers.commitments.day_as_of(DAY, EVENING, EVERYTHING)
    owed = (PRODUCER, STOPPED, WHOLESALER, AUTOMATIC, OWING, LATE)
    assert names(rows) == [each.name for each in sorted(owed, key=lambda of: (of.region_id, of.name))]
    assert stood(one(readers, PRODUCER.name, EVENING))[:3] == (
        ProductionStatus.IN_PRODUCTION,
        Origin.MANUAL,
        False,
    )
    assert stood(one(readers, AUTOMATIC.name, EVENING))[:3] == (ProductionStatus.STOPPED, Origin.AUTO, False)
    assert stood(one(readers, OWING.name, EVENING)) == (None, None, None, None)
    assert stood(one(readers, LATE.name, EVENING))[2:] == (True, DUE)


def test_a_report_counts_from_the_instant_after_it(answered: Storage, readers: Readers) -> None:
    assert stood(one(readers, LATE.name, DUE)) == (None, None, None, None)
    assert one(readers, LATE.name, DUE + INSTANT).late is True


def test_a_correction_from_then_on_is_left_out_and_the_first_report_says_whether_it_was_late(
    answered: Storage, readers: Readers
) -> None:
    at = NOW + timedelta(minutes=10)
    with answered.work(SYSTEM) as work:
        commitment = work.commitments.find(STOPPED.id, DAY)
    assert commitment is not None
    before = one(readers, STOPPED.name, at)

    def correct(read: Commitment) -> None:
        read.correct(a_form_for(STOPPED), facts=facts(STOPPED), by=signed(at))

    change(answered, commitment, correct)
    assert one(readers, STOPPED.name, at) == before
    after = one(readers, STOPPED.name, at + INSTANT)
    assert (before.status, after.status) == (ProductionStatus.STOPPED, ProductionStatus.IN_PRODUCTION)
    assert after.first_reported_at == before.first_reported_at and after.late is False


def test_it_is_of_one_day_and_of_the_scope(answered: Storage, readers: Readers) -> None:
    assert names(readers.commitments.day_as_of(YESTERDAY, EVENING, EVERYTHING)) == [PRODUCER.name]
    weinan = Scope(regions=frozenset({WEINAN}))
    rows = readers.commitments.day_as_of(DAY, EVENING, weinan)
    assert {row.region_id for row in rows} == {PUCHENG} and {row.region_name for row in rows} == {"蒲城县"}
    assert readers.commitments.day_as_of(DAY, EVENING, Scope()) == []

"""How many statements the certificate watch takes: as many for a hundred certificates as for ten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import Engine

from yanbao.adapters.jobs import SilentDoorbell
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.access import SYSTEM
from yanbao.application.alert.watch import CertificateWatch
from yanbao.application.handling import reminding
from yanbao.application.policies import PolicyBook
from yanbao.application.reactions import ReactionTable
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.certificate import Trade
from yanbao.domain.directory.organisation import Role

from ...support.builders import CHANGAN, DAY, LINTONG, PUCHENG, a_permit, a_person, an_enterprise
from ...support.certificates import a_card
from ...support.databases import statements
from ...support.settling import settle_in

EXPIRES = DAY + timedelta(days=60)
REGIONS = (LINTONG, CHANGAN, PUCHENG)


@dataclass
class At:
    """A clock that stands still."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


def fill(storage: SqlStorage, first: int, last: int) -> None:
    """Enterprises in three counties, each with a head, a permit and a card that end on the same day."""
    for n in range(first, last):
        enterprise = an_enterprise(f"厂{n}", region=REGIONS[n % len(REGIONS)])
        head = a_person("厂长", Role.ENTERPRISE_HEAD, of=enterprise)
        permit, card = a_permit(enterprise, expires=EXPIRES), a_card(head, Trade.FUSE, expires=EXPIRES)
        settle_in(storage, SYSTEM, enterprise, head, permit, card)


def look(storage: SqlStorage, day: date) -> int:
    clock = At(instant(day, time(8, 30)))
    return CertificateWatch(storage, clock, PolicyBook(), SilentDoorbell()).look()


@pytest.fixture
def real(engine: Engine, storage: SqlStorage) -> SqlStorage:
    return SqlStorage(engine, reactions=ReactionTable(PolicyBook()))


def test_opening_raising_and_ending_take_as_many_statements_for_a_hundred_as_for_ten(
    engine: Engine, real: SqlStorage
) -> None:
    counts = []
    # Ended on different days: reactions read the settings again on another day.
    for first, last, end in ((0, 5, 31), (5, 55, 32)):
        fill(real, first, last)
        for day in (DAY, DAY + timedelta(days=30)):  # Opened on the one, raised on the other.
            with statements(engine) as seen:
                # The enterprises of the first round are told again of nothing.
                assert look(real, day) == 2 * (last - first)
            counts.append(len(seen))
        fill_again(real, first, last)
        with statements(engine) as seen:
            assert look(real, DAY + timedelta(days=end)) == 0
        counts.append(len(seen))
    opened, raised, ended = counts[:3]
    assert counts[3:] == [opened, raised, ended]
    assert max(counts) <= 45


def fill_again(storage: SqlStorage, first: int, last: int) -> None:
    """Renewals of all permits, which the watch, not the reaction to a save, notices."""
    for n in range(first, last):
        enterprise = an_enterprise(f"厂{n}", region=REGIONS[n % len(REGIONS)])
        later = EXPIRES + timedelta(days=1000)
        settle_in(storage, SYSTEM, a_permit(enterprise, number=f"新{n}", expires=later))


def test_statements_grow_with_the_batches(
    engine: Engine, real: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(real, 0, 10)
    monkeypatch.setattr(reminding, "CHUNK", 5)
    with statements(engine) as seen:
        assert look(real, DAY) == 20
    whole = len(seen)
    with statements(engine) as seen:
        assert look(real, DAY) == 0
    assert len(seen) < whole / 4


def test_certificates_that_are_not_due_are_not_touched(engine: Engine, real: SqlStorage) -> None:
    fill(real, 0, 3)
    look(real, DAY)
    with statements(engine) as seen:
        assert look(real, DAY + timedelta(days=1)) == 0
    assert not [one for one in seen if one.startswith(("UPDATE", "INSERT"))]

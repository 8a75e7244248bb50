"""A statistic takes two statements, whatever is asked for and however much is stored."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.access import SYSTEM
from yanbao.application.statistics.commitments import CommitmentStatistics, CommitmentStatisticsQuery
from yanbao.application.statistics.periods import Step
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.directory.organisation import Level

from ...support.builders import (
    DAY,
    NOW,
    PROVINCE,
    a_department_tree,
    a_person,
    an_actor,
    an_enterprise,
    seen_from,
)
from ...support.commitments import reported
from ...support.databases import statements
from ...support.settling import settle_in

FIVE_YEARS = DAY - timedelta(days=1_829)
QUESTIONS = (
    CommitmentStatisticsQuery(),
    CommitmentStatisticsQuery(None, DAY - timedelta(days=399), DAY, step=Step.DAY, level=Level.COUNTY),
    CommitmentStatisticsQuery(PROVINCE, FIVE_YEARS, DAY, step=Step.WEEK),
    CommitmentStatisticsQuery(
        PROVINCE, FIVE_YEARS, DAY, (EnterpriseKind.PRODUCTION,), Step.MONTH, Level.CITY
    ),
)


def test_a_statistic_takes_two_statements(engine: Engine, storage: SqlStorage) -> None:
    office = a_department_tree()[0]
    actor = an_actor(a_person("沈省厅", of=office), seen_from(PROVINCE), level=Level.PROVINCE)
    statistics = CommitmentStatistics(storage.readers(), FixedClock(NOW))

    def taken() -> list[int]:
        counts = []
        for question in QUESTIONS:
            with statements(engine) as seen:
                statistics.table(actor, question)
            counts.append(len(seen))
        return counts

    assert taken() == [2] * len(QUESTIONS)
    for number in range(3):
        of = an_enterprise(f"厂{number}")
        days = [DAY - timedelta(days=back) for back in (0, 30, 400 * number)]
        settle_in(storage, SYSTEM, of, *(reported(of, day=day) for day in dict.fromkeys(days)))
    assert taken() == [2] * len(QUESTIONS)

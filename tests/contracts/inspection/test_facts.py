"""What the database knows for the pre-filled forms of patrols and spot checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.commitment import Tally
from yanbao.application.ports.inspection import PatrolFacts, VisitFact
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.commitment.commitment import commitment_id
from yanbao.domain.directory.certificate import CERTIFICATE_NAMES, PERMIT_OF, CertificateKind, PermitFact
from yanbao.domain.directory.enterprise import Enterprise, EnterpriseKind
from yanbao.domain.directory.organisation import Department, Level, Role
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.values import CertificateId, PersonId, ProblemId, RegionId

from ...support.alerts import every_alert, keep_alerts
from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    a_form_of_stopped,
    a_permit,
    a_person,
    a_wholesaler,
    an_enterprise,
    an_id,
)
from ...support.commitments import owed, reported
from ...support.inspections import COLLEAGUE, INSPECTOR, a_draft, a_problem_in, at, issued
from ...support.settling import settle_in
from ..problem.problems import keep
from .inspections import (
    CITY_OF,
    LINTONG_BUREAU,
    PROVINCE_BUREAU,
    XIAN_BUREAU,
    a_record,
    an_automatic_record,
    log_in,
    settle_inspectors,
    the_area_of,
    the_premises_of,
    view,
)

YESTERDAY = DAY - timedelta(days=1)
EVENING = at("23:30")
FACTORY, SECOND = an_enterprise(), an_enterprise("西风烟花厂", region=CHANGAN)
WHOLESALER, CLOSED = a_wholesaler(), an_enterprise("关停厂", active=False)
PUCHENG_FACTORY = an_enterprise("蒲城烟花厂", region=PUCHENG)


@pytest.fixture(autouse=True)
def a_directory(storage: Storage) -> None:
    settle_inspectors(storage)
    settle_in(storage, SYSTEM, SECOND, WHOLESALER, CLOSED, PUCHENG_FACTORY)


def facts_of(
    readers: Readers,
    region: RegionId = XIAN,
    *,
    level: Level = Level.CITY,
    department: Department = XIAN_BUREAU,
    person: PersonId | None = None,
    inspecting: Department = PROVINCE_BUREAU,
    day: date = DAY,
) -> PatrolFacts:
    return readers.inspections.patrol_facts(
        region,
        level,
        department.id,
        person_id=person,
        inspecting_id=inspecting.id,
        day=day,
        at=EVENING,
    )


# ---------------------------------------------------------------- a patrol


def test_of_an_empty_day_everything_is_nothing(readers: Readers) -> None:
    facts = facts_of(readers)
    assert facts == PatrolFacts(
        enterprises={EnterpriseKind.PRODUCTION: 2, EnterpriseKind.WHOLESALE: 1},
        tally=Tally(),
        peers={XIAN: Tally(), WEINAN: Tally(), YANGLING: Tally()},
        log_ins=0,
        log_in_users=0,
        last_log_in=None,
        due_problems=0,
        fed_back_problems=0,
        overdue_problems=0,
        own_spot_checks=0,
        automatic_spot_checks=0,
        open_alerts=0,
        unfed_back_alerts=0,
        visits=[],
    )


@pytest.mark.parametrize(
    ("region", "level", "production", "peers"),
    [
        (PROVINCE, Level.PROVINCE, 3, {PROVINCE}),
        (WEINAN, Level.CITY, 1, {XIAN, WEINAN, YANGLING}),
        (CHANGAN, Level.COUNTY, 1, {LINTONG, CHANGAN, PUCHENG, RegionId("610403")}),
    ],
)
def test_enterprises_are_those_at_work_in_the_region_and_peers_those_of_its_rank(
    readers: Readers, region: RegionId, level: Level, production: int, peers: set[RegionId]
) -> None:
    facts = facts_of(readers, region, level=level)
    assert facts.enterprises[EnterpriseKind.PRODUCTION] == production
    assert set(facts.peers) == peers


def test_commitments_of_the_day_are_tallied_for_the_region_and_its_peers(
    storage: Storage, readers: Readers
) -> None:
    stopped = reported(SECOND, form=a_form_of_stopped())
    settle_in(storage, SYSTEM, reported(FACTORY), stopped, owed(WHOLESALER), owed(PUCHENG_FACTORY))
    settle_in(storage, SYSTEM, owed(FACTORY, day=YESTERDAY))
    facts = facts_of(readers)
    assert facts.tally == Tally(expected=3, in_production=1, stopped=1, unreported=1, on_time=2)
    assert facts.peers == {
        XIAN: facts.tally,
        WEINAN: Tally(expected=1, unreported=1),
        YANGLING: Tally(),
    }
    assert facts.peers == readers.commitments.tallies([XIAN, WEINAN, YANGLING], DAY, DAY, EVERYTHING)


def test_the_tally_is_the_regions_also_where_it_is_of_another_rank(
    storage: Storage, readers: Readers
) -> None:
    settle_in(storage, SYSTEM, reported(FACTORY), owed(SECOND))
    facts = facts_of(readers, LINTONG, level=Level.CITY)
    assert facts.tally.expected == 1
    assert LINTONG not in facts.peers


def test_log_ins_are_the_departments_of_the_day_and_the_last_of_all(
    storage: Storage, readers: Readers
) -> None:
    colleague = replace(a_person("孙同事", Role.INSPECTOR, of=XIAN_BUREAU), id=PersonId(an_id("third")))
    settle_in(storage, SYSTEM, colleague)
    log_in(storage, XIAN_BUREAU, at("23:59:59.999999", YESTERDAY))
    facts = facts_of(readers)
    assert (facts.log_ins, facts.log_in_users) == (0, 0)
    assert facts.last_log_in == at("23:59:59.999999", YESTERDAY)
    log_in(storage, XIAN_BUREAU, at("00:00"), at("09:00"), at("08:00"))
    log_in(storage, XIAN_BUREAU, at("08:30"), by=colleague.id)
    log_in(storage, XIAN_BUREAU, at("00:00", DAY + timedelta(days=1)))
    log_in(storage, LINTONG_BUREAU, at("12:00"), by=COLLEAGUE)
    facts = facts_of(readers)
    assert (facts.log_ins, facts.log_in_users, facts.last_log_in) == (4, 2, at("09:00"))


def a_problem_of(state: ProblemState, name: str, *, region: RegionId = LINTONG, **detail: Any) -> Problem:
    to = detail.pop("to", FACTORY)
    addressee = Addressee(None, to.id, to.name, region, CITY_OF[region])
    problem = a_problem_in(state, to=addressee, **detail)
    return replace(problem, id=ProblemId(an_id("problem", name)), events=[])


def test_problems_are_those_of_the_region_by_what_is_owed(storage: Storage, readers: Readers) -> None:
    last_year = NOW - timedelta(days=360)
    keep(
        storage,
        *(a_problem_of(state, state.value) for state in ProblemState),
        *(a_problem_of(state, f"old {state.value}", at=last_year) for state in ProblemState),
        a_problem_of(ProblemState.ISSUED, "elsewhere", region=PUCHENG, to=PUCHENG_FACTORY),
        a_problem_of(ProblemState.FED_BACK, "also elsewhere", region=PUCHENG, to=PUCHENG_FACTORY),
        issued(origin=ProblemOrigin.MINISTRY),
    )
    facts = facts_of(readers)
    assert (
        facts.due_problems == 9
    )  # ISSUED, ACKNOWLEDGED, RECTIFYING and RETURNED, old ones too, and the ministry's.
    assert facts.fed_back_problems == 2
    # At half past eleven in the evening those of today have not been acknowledged (2 h) where they should be.
    assert facts.overdue_problems == 4 + 2
    assert facts_of(readers, WEINAN).due_problems == 1


@pytest.mark.parametrize("clock", ["11:29:59.999999", "11:30"])
def test_a_problem_is_overdue_from_the_instant_of_its_term(
    storage: Storage, readers: Readers, clock: str
) -> None:
    problem = a_problem_of(ProblemState.ISSUED, "one")
    keep(storage, problem)
    facts = readers.inspections.patrol_facts(
        XIAN, Level.CITY, XIAN_BUREAU.id, person_id=None, inspecting_id=XIAN_BUREAU.id, day=DAY, at=at(clock)
    )
    assert facts.overdue_problems == int(problem.overdue(at(clock))) == int(clock == "11:30")


def test_own_spot_checks_are_the_departments_records_of_the_day(storage: Storage, readers: Readers) -> None:
    manual, _ = a_record(the_premises_of(FACTORY))
    replaced = an_automatic_record(the_premises_of(FACTORY))
    patrol, _ = a_record(the_area_of(LINTONG_BUREAU))
    yesterday, _ = a_record(the_premises_of(SECOND), day=YESTERDAY)
    others, _ = a_record(the_premises_of(FACTORY), of=PROVINCE_BUREAU)
    automatic = an_automatic_record(the_premises_of(SECOND))
    settle_in(storage, SYSTEM, manual, replaced, patrol, yesterday, others, automatic, a_draft())
    facts = facts_of(readers)
    assert (facts.own_spot_checks, facts.automatic_spot_checks) == (1, 1)


# ---------------------------------------------------------------- visits


def visits(readers: Readers, person: PersonId | None = None, region: RegionId = XIAN) -> list[VisitFact]:
    return list(facts_of(readers, region, person=person, inspecting=XIAN_BUREAU).visits)


def no_permit(of: Enterprise) -> PermitFact:
    return PermitFact(CERTIFICATE_NAMES[PERMIT_OF[of.kind]], None, None, False)


def test_visits_are_what_was_looked_at_or_checked_the_latest_first(
    storage: Storage, readers: Readers
) -> None:
    view(storage, XIAN_BUREAU, FACTORY, at("09:00"), at("10:00"), at("08:00"))
    view(storage, XIAN_BUREAU, WHOLESALER, at("12:00"))
    check, _ = a_record(the_premises_of(SECOND), at=at("11:00"))
    again, _ = a_record(the_premises_of(FACTORY), at=at("09:30"))
    expired = a_permit(FACTORY, expires=YESTERDAY)
    settle_in(storage, SYSTEM, check, again, owed(WHOLESALER), reported(FACTORY), expired)
    keep(storage, *(a_problem_of(state, state.value) for state in ProblemState))
    keep_alerts(storage, *every_alert())
    assert visits(readers, INSPECTOR) == [
        VisitFact(WHOLESALER.id, WHOLESALER.name, 1, at("12:00"), False, True, 0, 0, no_permit(WHOLESALER)),
        VisitFact(SECOND.id, SECOND.name, 0, at("11:00"), True, False, 0, 0, no_permit(SECOND)),
        VisitFact(
            *(FACTORY.id, FACTORY.name, 3, at("10:00"), True, False, 5, 5),
            PermitFact("安全生产许可证", expired.number, YESTERDAY, False, -1),
        ),
    ]
    assert visits(readers) == visits(readers, INSPECTOR)


def test_visits_of_other_people_departments_days_and_regions_do_not_count(
    storage: Storage, readers: Readers
) -> None:
    view(storage, XIAN_BUREAU, FACTORY, at("09:00"), by=COLLEAGUE)
    view(storage, LINTONG_BUREAU, FACTORY, at("09:00"))
    view(storage, XIAN_BUREAU, FACTORY, at("23:59:59.999999", YESTERDAY))
    view(storage, XIAN_BUREAU, PUCHENG_FACTORY, at("09:00"))
    others, _ = a_record(the_premises_of(SECOND), of=PROVINCE_BUREAU)
    colleagues, _ = a_record(the_premises_of(WHOLESALER), person=COLLEAGUE)
    settle_in(storage, SYSTEM, others, colleagues, an_automatic_record(the_premises_of(SECOND)), a_draft())
    assert visits(readers, INSPECTOR) == []
    assert [(visit.name, visit.views, visit.spot_checked) for visit in visits(readers)] == [
        (WHOLESALER.name, 0, True),
        (FACTORY.name, 1, False),
    ]
    assert [visit.name for visit in visits(readers, INSPECTOR, WEINAN)] == [PUCHENG_FACTORY.name]


def test_visits_of_the_same_moment_are_in_the_order_of_their_ids(storage: Storage, readers: Readers) -> None:
    for enterprise in (FACTORY, SECOND, WHOLESALER):
        view(storage, XIAN_BUREAU, enterprise, NOW)
    ids = [visit.enterprise_id for visit in visits(readers)]
    assert ids == sorted(ids)
    assert len(ids) == 3


# ---------------------------------------------------------------- a spot check


def test_a_spot_check_knows_commitment_permits_and_open_problems(storage: Storage, readers: Readers) -> None:
    permit = a_permit(FACTORY)
    other = replace(
        a_permit(WHOLESALER, number="(陕)PF〔2022〕0001", expires=YESTERDAY),
        enterprise_id=FACTORY.id,
        id=CertificateId(an_id("another kind")),
    )
    card = replace(
        permit,
        id=CertificateId(an_id("card")),
        kind=CertificateKind.HEAD_QUALIFICATION,
        person_id=None,
        number="甲",
    )
    former = a_permit(FACTORY, number="旧", issued=date(2020, 1, 1), expires=date(2022, 12, 31))
    settle_in(storage, SYSTEM, permit, other, card, former, reported(FACTORY))
    keep(storage, *(a_problem_of(state, state.value) for state in ProblemState))
    facts = readers.inspections.spot_check_facts(FACTORY.id, DAY, at=NOW)
    id = commitment_id(FACTORY.id, DAY)
    assert facts.commitment == readers.commitments.commitments([id], EVERYTHING)[id]
    left = (permit.expires_on - DAY).days
    assert list(facts.permits) == [
        PermitFact(
            CERTIFICATE_NAMES[CertificateKind.PRODUCTION_PERMIT], permit.number, permit.expires_on, True, left
        ),
        PermitFact(CERTIFICATE_NAMES[CertificateKind.WHOLESALE_PERMIT], other.number, YESTERDAY, False, -1),
    ]
    assert (facts.open_problems, facts.unfed_back_problems, facts.overdue_problems) == (5, 4, 0)
    evening = readers.inspections.spot_check_facts(FACTORY.id, DAY, at=EVENING)
    assert (evening.unfed_back_problems, evening.overdue_problems) == (4, 1)


def test_a_spot_check_of_an_enterprise_without_anything(storage: Storage, readers: Readers) -> None:
    facts = readers.inspections.spot_check_facts(WHOLESALER.id, DAY, at=NOW)
    assert facts.commitment is None
    assert list(facts.permits) == [
        PermitFact(CERTIFICATE_NAMES[CertificateKind.WHOLESALE_PERMIT], None, None, False)
    ]
    assert (facts.open_problems, facts.open_alerts, facts.unfed_back_alerts) == (0, 0, 0)
    assert facts.highest_alert_level is None


def test_an_enterprise_that_does_not_exist_has_no_permits(readers: Readers) -> None:
    facts = readers.inspections.spot_check_facts(an_enterprise("没有").id, DAY, at=NOW)
    assert (facts.commitment, list(facts.permits), facts.open_problems) == (None, [], 0)


def test_the_form_of_a_commitment_counts_the_same_open_problems_as_a_spot_check(
    storage: Storage, readers: Readers
) -> None:
    keep(storage, *(a_problem_of(state, state.value) for state in ProblemState))
    with storage.work(SYSTEM) as work:
        facts = work.facts.take([FACTORY.id, WHOLESALER.id], DAY, at=NOW)
        alone = work.facts.take([FACTORY.id], DAY, at=NOW)[FACTORY.id]
    assert (facts[FACTORY.id].open_problems, facts[WHOLESALER.id].open_problems) == (5, 0)
    assert alone == facts[FACTORY.id]
    assert readers.inspections.spot_check_facts(FACTORY.id, DAY, at=NOW).open_problems == 5

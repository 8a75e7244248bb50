"""What random statistics are made of: problems, alerts and records in any state, and everybody who may count them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import strategies as st

from yanbao.application.access import EVERYTHING, Actor, Scope
from yanbao.domain.alert.alert import Alert
from yanbao.domain.alert.form import AlertKind, AlertLevel, AlertOrigin, RiskType
from yanbao.domain.alert.workflow import AlertAction
from yanbao.domain.deadlines import day_start
from yanbao.domain.directory.organisation import DepartmentSnapshot, Level, Role
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.inspection.inspection import Inspection
from yanbao.domain.problem.form import ProblemCategory, ProblemOrigin, Severity
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.refusals import Refused
from yanbao.domain.values import AlertId, DepartmentId, EnterpriseId, ProblemId

from ...support.alerts import an_alert
from ...support.builders import (
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    an_enterprise,
    an_id,
    seen_as,
    seen_by,
    seen_from,
)
from ...support.inspections import (
    CITY_BUREAU,
    COUNTY_BUREAU,
    MICROSECOND,
    PROVINCE_BUREAU,
    TO_THE_COUNTY,
    TO_THE_FACTORY,
    a_form_for,
    a_statement,
    by,
    issued,
)
from ..alert.alerts import take
from ..inspection.inspections import (
    LINTONG_BUREAU,
    PUCHENG_BUREAU,
    WEINAN_BUREAU,
    XIAN_BUREAU,
    a_record,
    an_automatic_record,
    the_area_of,
    the_premises_of,
)
from ..inspection.inspections import PROVINCE_BUREAU as OFFICE
from ..problem.problems import a_step

FACTORY, OTHER_FACTORY = an_enterprise(), an_enterprise("西风烟花厂", region=PUCHENG)
WEINAN_SNAPSHOT = DepartmentSnapshot.of(WEINAN_BUREAU)
TO_PUCHENG = Addressee(PUCHENG_BUREAU.id, None, PUCHENG_BUREAU.name, PUCHENG, WEINAN)
TO_XIAN = Addressee(CITY_BUREAU.id, None, CITY_BUREAU.name, XIAN, XIAN)
TO_THE_OTHER = Addressee(None, OTHER_FACTORY.id, OTHER_FACTORY.name, PUCHENG, WEINAN)
ADDRESSEES = [TO_THE_COUNTY, TO_THE_FACTORY, TO_PUCHENG, TO_THE_OTHER, TO_XIAN]
ISSUERS = [PROVINCE_BUREAU, CITY_BUREAU, WEINAN_SNAPSHOT, COUNTY_BUREAU]

GAPS = [
    timedelta(0),
    MICROSECOND,
    timedelta(microseconds=999_999),
    timedelta(seconds=59, microseconds=999_999),
    *(timedelta(hours=hours) for hours in (1, 3, 25, 200)),
]
gaps = st.sampled_from(GAPS)
ago = st.one_of(
    st.integers(0, 24 * 40).map(lambda hours: NOW - timedelta(hours=hours)),
    # Around midnight in Shanghai, where days, weeks and months change.
    st.builds(
        lambda days, offset: day_start(DAY - timedelta(days=days)) + offset * MICROSECOND,
        st.integers(0, 40),
        st.integers(-1, 1),
    ),
)


@dataclass(frozen=True)
class Rows:
    """Everything that is counted, not yet kept: each storage keeps copies."""

    problems: Sequence[Problem]
    alerts: Sequence[Alert]
    records: Sequence[Inspection]


@st.composite
def problems(draw: st.DrawFn, number: int) -> Problem:
    """Issued and carried on as far as chance has it."""
    at, origin = draw(ago), draw(st.sampled_from([ProblemOrigin.DEPARTMENT] * 3 + [ProblemOrigin.MINISTRY]))
    problem = issued(
        to=draw(st.sampled_from(ADDRESSEES)),
        origin=origin,
        at=at,
        statement=a_statement(
            category=draw(st.sampled_from([ProblemCategory.CERTIFICATE, ProblemCategory.OTHER])),
            severity=draw(st.sampled_from(Severity)),
        ),
    )
    problem = replace(problem, id=ProblemId(an_id("counted", number)))
    if origin is ProblemOrigin.MINISTRY:
        problem = replace(problem, external_id=f"BJ-{number}")
    else:
        problem = replace(problem, issuer=draw(st.sampled_from(ISSUERS)))
    for action in draw(st.sampled_from(PROBLEM_PATHS)):
        at += draw(gaps)
        with suppress(Refused):  # Some paths are those of the ministry's problems only.
            a_step(action, by(at=at), until=DAY + timedelta(days=90), on=None)(problem)
    problem.events.clear()
    return problem


_TO_FEEDBACK = (ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK)
PROBLEM_PATHS = [
    (),
    _TO_FEEDBACK[:1],
    (*_TO_FEEDBACK[:2], ProblemAction.REPORT_PROGRESS),
    _TO_FEEDBACK,
    (*_TO_FEEDBACK, ProblemAction.CLOSE),
    (*_TO_FEEDBACK, ProblemAction.CLOSE),
    (*_TO_FEEDBACK, ProblemAction.CLOSE, ProblemAction.REOPEN),
    (*_TO_FEEDBACK, ProblemAction.RETURN),
    (*_TO_FEEDBACK, ProblemAction.RETURN, *_TO_FEEDBACK[1:], ProblemAction.CLOSE),
    (*_TO_FEEDBACK, ProblemAction.WITHDRAW),
    (ProblemAction.WITHDRAW,),
]


@st.composite
def alerts(draw: st.DrawFn, number: int) -> Alert:
    """Opened and carried on as far as chance has it."""
    at, certificate = draw(ago), draw(st.booleans())
    alert = an_alert(
        draw(st.sampled_from(AlertLevel)),
        external_id=f"W-{number}",
        at=at,
        addressee=draw(st.sampled_from([TO_THE_FACTORY, TO_THE_OTHER])),
        kind=AlertKind.CERTIFICATE if certificate else AlertKind.RISK,
        risk_type=None if certificate else draw(st.sampled_from([RiskType.OTHER, RiskType.STATIC])),
    )
    alert = replace(alert, id=AlertId(an_id("counted alert", number)))
    if draw(st.booleans()):
        alert = replace(alert, origin=AlertOrigin.WATCH, external_id=None)
    for action in draw(st.sampled_from(ALERT_PATHS)):
        at += draw(gaps)
        with suppress(Refused):
            take(action, at)(alert)
    alert.events.clear()
    return alert


_TO_ANSWER = (AlertAction.ACKNOWLEDGE, AlertAction.HANDLE, AlertAction.FEED_BACK)
ALERT_PATHS = [
    (),
    _TO_ANSWER[:1],
    _TO_ANSWER,
    (*_TO_ANSWER, AlertAction.CLOSE),
    (*_TO_ANSWER, AlertAction.CLOSE, AlertAction.RAISE),
    (*_TO_ANSWER, AlertAction.RETURN),
    (*_TO_ANSWER, AlertAction.END),
    (AlertAction.END,),
    (AlertAction.END, AlertAction.REOPEN),
]


@st.composite
def records(draw: st.DrawFn) -> Inspection:
    """A patrol or a spot check, manual or automatic, of any of the last days."""
    office, targets = draw(st.sampled_from(PATROLS))
    target = draw(st.sampled_from(targets))
    day = DAY - timedelta(days=draw(st.integers(0, 40)))
    if draw(st.booleans()):
        return an_automatic_record(target, of=office, day=day)
    hour = day_start(day) + timedelta(hours=draw(st.integers(8, 17)))
    record, _ = a_record(target, of=office, at=hour, form=a_form_for(target))
    record.events.clear()
    return record


PATROLS = [
    (OFFICE, [the_area_of(XIAN_BUREAU), the_area_of(WEINAN_BUREAU), the_premises_of(FACTORY)]),
    (XIAN_BUREAU, [the_area_of(LINTONG_BUREAU), the_premises_of(FACTORY)]),
    (WEINAN_BUREAU, [the_area_of(PUCHENG_BUREAU), the_premises_of(OTHER_FACTORY)]),
    (LINTONG_BUREAU, [the_premises_of(FACTORY)]),
]


@st.composite
def rows(draw: st.DrawFn, most: int = 10) -> Rows:
    """Some of everything; records that are the same are there once."""
    count = st.integers(0, most)
    found = {record.id: record for record in draw(st.lists(records(), max_size=most))}
    return Rows(
        [draw(problems(number)) for number in range(draw(count))],
        [draw(alerts(number)) for number in range(draw(count))],
        list(found.values()),
    )


def _regulator(level: Level, department: DepartmentId, scope: Scope) -> Actor:
    return Actor(None, "甲", Role.DEPARTMENT_HEAD, level, department, None, scope)


def _of(enterprise: EnterpriseId, scope: Scope) -> Actor:
    return Actor(None, "乙", Role.ENTERPRISE_HEAD, None, None, enterprise, scope)


REGULATORS = [
    _regulator(Level.PROVINCE, PROVINCE_BUREAU.id, seen_as(PROVINCE_BUREAU.id, PROVINCE)),
    _regulator(Level.CITY, CITY_BUREAU.id, seen_as(CITY_BUREAU.id, XIAN)),
    _regulator(Level.CITY, WEINAN_BUREAU.id, seen_from(WEINAN, LINTONG)),
    _regulator(Level.COUNTY, COUNTY_BUREAU.id, seen_as(COUNTY_BUREAU.id, LINTONG)),
    _regulator(Level.PROVINCE, PROVINCE_BUREAU.id, EVERYTHING),
]
VIEWERS = [*REGULATORS, _of(FACTORY.id, seen_by(FACTORY)), _of(OTHER_FACTORY.id, seen_by(OTHER_FACTORY))]
regions = st.sampled_from([None, None, None, PROVINCE, XIAN, WEINAN, LINTONG])
moments = st.sampled_from([None, NOW, NOW - timedelta(hours=30), NOW - timedelta(days=20)])
days = st.tuples(st.integers(0, 41), st.integers(0, 41)).map(
    lambda pair: (DAY - timedelta(days=max(pair)), DAY - timedelta(days=min(pair)))
)

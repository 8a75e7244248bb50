"""What people look for among alerts and problems, in every order; and who may see which of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from yanbao.application.ports.alert import AlertFilter, AlertOrder
from yanbao.application.ports.paging import Page, Slice
from yanbao.application.ports.problem import ProblemFilter, ProblemOrder
from yanbao.domain.alert.form import AlertKind, AlertLevel, AlertOrigin, Verification
from yanbao.domain.alert.workflow import AlertState
from yanbao.domain.deadlines import business_date
from yanbao.domain.directory.organisation import Person
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.problem.form import ProblemOrigin, Severity
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.refusals import Forbidden
from yanbao.domain.values import AlertId, DepartmentId, EnterpriseId, ProblemId, RegionId

from ...support.builders import LINTONG, WEINAN, XIAN
from ...support.world import DONGFENG, FAR, PROVINCE_OFFICE
from .two_stores import ABOVE, VIEWERS, Stage, outcome_of


@dataclass(frozen=True)
class Asked:
    """A question about alerts and problems alike; what is empty restricts nothing. `days`: from and to, from today."""

    region: RegionId | None = None
    enterprise: EnterpriseId | None = None
    department: DepartmentId | None = None
    kinds: tuple[AlertKind, ...] = ()
    levels: tuple[AlertLevel, ...] = ()
    states: tuple[AlertState, ...] = ()
    verifications: tuple[Verification, ...] = ()
    ministry: bool = False
    unfed_back: bool | None = None
    overdue: bool = False
    text: str | None = None
    days: tuple[int, int] | None = None


asked = st.builds(
    Asked,
    region=st.sampled_from([None, None, None, XIAN, WEINAN, LINTONG]),
    enterprise=st.sampled_from([None, None, None, DONGFENG.id, FAR.id]),
    department=st.sampled_from([None, None, None, PROVINCE_OFFICE.id]),
    kinds=st.sampled_from([(), (), (AlertKind.RISK,), (AlertKind.CERTIFICATE,)]),
    levels=st.sampled_from([(), (), (AlertLevel.RED,), (AlertLevel.RED, AlertLevel.BLUE)]),
    states=st.sampled_from([(), (), (AlertState.OPEN, AlertState.RETURNED), (AlertState.CLOSED,)]),
    verifications=st.sampled_from([(), (), (), (Verification.TRUE,)]),
    ministry=st.booleans(),
    unfed_back=st.sampled_from([None, None, True, False]),
    overdue=st.sampled_from([False, False, True]),
    text=st.sampled_from([None, None, "a区", "_", "%", "东风", "许可证"]),
    days=st.sampled_from([None, None, (-30, 0), (0, 0), (-1, 1)]),
)


def look_at_alerts(stage: Stage, by: Person, asked: Asked, now: datetime, size: int) -> object:
    """In every order, page by page, and counted."""
    first, last = _days(asked, now)
    where = AlertFilter(
        first_day=first,
        last_day=last,
        enterprise_id=asked.enterprise,
        reviewer_id=asked.department,
        region_id=asked.region,
        kinds=asked.kinds,
        levels=asked.levels,
        states=asked.states,
        origins=(AlertOrigin.MINISTRY,) if asked.ministry else (),
        verifications=asked.verifications,
        unfed_back=asked.unfed_back,
        overdue_at=now if asked.overdue else None,
        text=asked.text,
    )
    alerts, actor = stage.system.app.alerts, stage.actor(by)
    counted = outcome_of(lambda stage: alerts.count(actor, where), stage)
    found = [
        outcome_of(lambda stage, o=order: _all(lambda page: alerts.page(actor, where, page, o), size), stage)
        for order in AlertOrder
    ]
    return counted, found, [len(rows) == counted for rows in found if isinstance(rows, list)]


def look_at_problems(stage: Stage, by: Person, asked: Asked, now: datetime, size: int) -> object:
    first, last = _days(asked, now)
    where = ProblemFilter(
        first_day=first,
        last_day=last,
        to_enterprise=asked.enterprise,
        issuer_id=asked.department,
        region_id=asked.region,
        origins=(ProblemOrigin.MINISTRY,) if asked.ministry else (),
        states=tuple(ProblemState(s.value) for s in asked.states if s.value in ProblemState.__members__),
        severities=(Severity.MAJOR,) if asked.levels else (),
        unfed_back=asked.unfed_back,
        overdue_at=now if asked.overdue else None,
        text=asked.text,
    )
    problems, actor = stage.system.app.problems, stage.actor(by)
    counted = outcome_of(lambda stage: problems.count(actor, where), stage)
    found = [
        outcome_of(
            lambda stage, o=order: _all(lambda page: problems.page(actor, where, page, o), size), stage
        )
        for order in ProblemOrder
    ]
    return counted, found, [len(rows) == counted for rows in found if isinstance(rows, list)]


def in_sight(stage: Stage, by: Person, alerts: Sequence[AlertId], problems: Sequence[ProblemId]) -> None:
    """By their ids and in lists the viewer gets exactly what a plain model of the scope gives."""
    actor, whole = stage.actor(by), VIEWERS[by]

    def seen(addressee: Addressee) -> bool:
        region: RegionId | None = addressee.region_id
        while region is not None and region != whole:
            region = ABOVE[region]
        return region is not None or addressee.enterprise_id == whole

    kept = stage.alerts(list(alerts))
    app = stage.system.app
    mine = {alert.id for alert in kept if seen(alert.addressee)}
    reviewed = {alert.id for alert in kept if alert.reviewer.id == by.department_id}
    try:
        assert _ids(app.alerts.rows(actor, alerts)) == mine | reviewed
        assert set(_all(lambda page: app.alerts.page(actor, AlertFilter(), page), 50, ids=True)) == mine
        issued = stage.problems_of(list(problems))
        mine_too = {problem.id for problem in issued if seen(problem.addressee)}
        at_work = {
            problem.id
            for problem in issued
            if by.department_id is not None
            and by.department_id in (problem.issuer.id, problem.addressee.department_id)
        }
        assert _ids(app.problems.rows(actor, problems)) == mine_too | at_work
        assert (
            set(_all(lambda page: app.problems.page(actor, ProblemFilter(), page), 50, ids=True)) == mine_too
        )
    except Forbidden:
        assert by.role is not None and "ADMINISTRATOR" in by.role.value
        assert app.alerts.unfed_back(actor) == {}


def _ids(rows: Mapping[Any, Any]) -> set[object]:
    return set(rows)


def _days(asked: Asked, now: datetime) -> tuple[Any, Any]:
    if asked.days is None:
        return None, None
    first, last = (business_date(now) + timedelta(days=days) for days in asked.days)
    return first, last


def _all(page_of: Callable[[Page], Slice[Any]], size: int, *, ids: bool = False) -> list[Any]:
    rows: list[Any] = []
    after: Any = None
    while True:
        page = page_of(Page(size, after))
        rows += [row.id for row in page.rows] if ids else page.rows
        if not page.has_next:
            return rows
        after = page.keys[-1]

"""What random inspections are made of: a small province twice, who inspects whom in it, and what they may write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st

from yanbao.adapters.clock import FixedClock
from yanbao.application.access import SYSTEM
from yanbao.application.ports.inspection import InspectionFilter, InspectionRow
from yanbao.application.ports.paging import Page
from yanbao.domain.deadlines import business_date
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.directory.organisation import Level, Person
from yanbao.domain.inspection.form import (
    Conclusion,
    Finding,
    FindingResult,
    InspectionForm,
    InspectionKind,
    OnSiteRectification,
)
from yanbao.domain.inspection.week import Week, WeeklyRow
from yanbao.domain.policy import Policy
from yanbao.domain.problem.form import ProblemCategory
from yanbao.domain.signed import Origin
from yanbao.domain.values import AttachmentId

from ...support.accounts import an_account
from ...support.builders import (
    CHANGAN,
    LINTONG,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    YANGLING,
    a_permit,
    a_region,
    a_region_tree,
    an_enterprise,
    an_id,
)
from ...support.inspecting import (
    CITY_INSPECTOR,
    COLLEAGUE,
    COUNTY_INSPECTOR,
    INSPECTORS,
    PROVINCE_INSPECTOR,
    Inspecting,
)
from ...support.inspections import (
    MICROSECOND,
    PERMIT_SEEN,
    a_duty_check,
    a_statement,
    a_weekly_row,
    all_findings,
    at,
    fitting,
)
from ...support.system import make_system
from ...support.world import DEPARTMENTS, DONGFENG, ENTERPRISES, FAR, HEADS, STAFF
from ...support.world import LINTONG as LINTONG_BUREAU

PEOPLE = [CITY_INSPECTOR, COLLEAGUE, COUNTY_INSPECTOR, PROVINCE_INSPECTOR]
EVERYBODY = (*STAFF, *HEADS, *INSPECTORS)
HANCHENG = a_region("610581", "韩城市", Level.COUNTY, PROVINCE, gb_code="610581")
CLOSE_BY = an_enterprise("韩城厂", region=HANCHENG.id)
REGIONS = [LINTONG, CHANGAN, XIAN, PUCHENG, YANGLING, HANCHENG.id]
CHECKED = [DONGFENG, FAR, CLOSE_BY]
PICTURES = [AttachmentId(an_id("attachment", name)) for name in "一二三"]
PASSING = [MICROSECOND, *(timedelta(hours=hours) for hours in (1, 13, 24, 24 * 7))]
SOUGHT = ["a区", "_", "%", "\\", "良好", "局"]
WORDS = ["", "A区 100%_超量", "c:\\夹层", "B区"]
MOVES = [
    *(a_region(LINTONG, "临潼区", Level.COUNTY, parent) for parent in (XIAN, WEINAN, PROVINCE)),
    *(replace(LINTONG_BUREAU, parent_id=parent.id) for parent in DEPARTMENTS[:3]),
    *(replace(DONGFENG, region_id=region) for region in (LINTONG, PUCHENG, PROVINCE)),
    *(replace(COLLEAGUE, department_id=department.id) for department in DEPARTMENTS[1:3]),
]
POLICY = Policy()

people = st.sampled_from(PEOPLE)
keys = st.sampled_from([f"draft-000{number}" for number in range(8)])
statements = st.lists(
    st.builds(
        a_statement,
        category=st.sampled_from([ProblemCategory.OTHER, ProblemCategory.CERTIFICATE, None]),
        description=st.sampled_from(["超员 A区", "许可证过期"]),
        responsible=st.just(()),
        attachments=st.sampled_from([(), (), (PICTURES[2],)]),
    ),
    max_size=2,
).map(tuple)
findings = st.sampled_from(
    [
        (),
        (Finding("PERSONS", FindingResult.NOT_OK, "多1人", (PICTURES[1],)),),
        all_findings(EnterpriseKind.PRODUCTION, PERMIT_SEEN),
        all_findings(
            EnterpriseKind.PRODUCTION,
            PERMIT_SEEN,
            Finding("PERSONS", FindingResult.NOT_OK, "多1人", problem=1),
        ),
        all_findings(
            EnterpriseKind.PRODUCTION,
            PERMIT_SEEN,
            Finding(
                "PERSONS", FindingResult.NOT_OK, "多1人", rectified=OnSiteRectification("撤出", at("08:00"))
            ),
        ),
        (Finding("PERSONS", FindingResult.NOT_OK), Finding("NOTHING", FindingResult.OK)),
    ]
)
forms = st.builds(
    InspectionForm,
    duty_check=st.none() | st.just(a_duty_check()),
    findings=findings,
    observations=st.sampled_from(WORDS),
    conclusion=st.none() | st.sampled_from(list(Conclusion)),
    attachments=st.sampled_from([(), (PICTURES[0],)]),
    problems=statements,
).flatmap(lambda form: st.sampled_from([fitting(form)] * 3 + [form]))
"""Most conclusions fit: others are refused at once."""
_ASKED: Final[dict[str, st.SearchStrategy[Any]]] = {
    "kinds": st.sampled_from([(InspectionKind.PATROL,), (InspectionKind.SPOT_CHECK,)]),
    "origins": st.sampled_from([(Origin.AUTO,), (Origin.MANUAL,), tuple(Origin)]),
    "department_id": st.sampled_from([department.id for department in DEPARTMENTS[:5]]),
    "target_department_id": st.just(LINTONG_BUREAU.id),
    "target_enterprise_id": st.sampled_from([DONGFENG.id, FAR.id]),
    "region_id": st.sampled_from([XIAN, WEINAN, LINTONG, HANCHENG.id]),
    "with_problems": st.booleans(),
    "conclusions": st.sampled_from([(one,) for one in Conclusion]),
    "text": st.sampled_from(SOUGHT),
    "replaced": st.booleans(),
}
filters = st.lists(st.sampled_from(sorted(_ASKED)), max_size=2, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: _ASKED[name] for name in names})
)
"""One or two conditions: with more hardly anything is found."""


def populated(clock: FixedClock, storage_of: Callable[[Any], Any] | None = None) -> Inspecting:
    world = Inspecting(make_system(storage_of, clock))
    world.settle(*a_region_tree(), HANCHENG, *DEPARTMENTS, *ENTERPRISES, CLOSE_BY, a_permit(DONGFENG))
    world.settle(*EVERYBODY, *(an_account(p, f"user-{p.id.hex}") for p in EVERYBODY))
    world.system.app.commitments.open_day(business_date(clock.now()))
    for name, person in zip("一二三", (CITY_INSPECTOR, COLLEAGUE, CITY_INSPECTOR), strict=True):
        world.uploads(name, person)
    return world


def pages(world: Inspecting, by: Person, where: InspectionFilter, size: int) -> list[InspectionRow]:
    """All of them, one after the other."""
    inspections, actor = world.system.app.inspections, world.actor(by)
    rows: list[InspectionRow] = []
    after: Any = None
    while True:
        page = inspections.page(actor, where, Page(size, after))
        rows += page.rows
        if not page.has_next:
            assert len(rows) == inspections.count(actor, where)
            return rows
        after = page.keys[-1]


def frozen(world: Inspecting, week: Week) -> Sequence[WeeklyRow]:
    with world.system.storage.work(SYSTEM) as work:
        return work.weekly_rows.of(week)


def filled(rows: Sequence[WeeklyRow]) -> list[WeeklyRow]:
    """Rows of zeros come and go with the regions."""
    return [row for row in rows if row != a_weekly_row(row.region_id, row.kind)]


def place(record: Any) -> object:
    target = record.target
    return target.region_id if record.kind is InspectionKind.PATROL else target.enterprise_id


def whom(record: Any) -> object:
    return record.inspector.department.id, record.kind, place(record), record.business_date

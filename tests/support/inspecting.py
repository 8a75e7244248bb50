"""The small province with its inspectors: opening, filling in, submitting, and the days that lead to automatic records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from yanbao.adapters.memory.tables import KeptInspection
from yanbao.application.access import SYSTEM
from yanbao.application.inspection.commands import (
    DiscardInspection,
    EditInspection,
    OpenPatrol,
    OpenSpotCheck,
    RefreshInspection,
    SubmitInspection,
)
from yanbao.application.inspection.inspections import RefreshedDraft
from yanbao.application.ports.inspection import InspectionFilter, InspectionRow
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.enterprise import Enterprise, EnterpriseKind
from yanbao.domain.directory.organisation import Person, Role
from yanbao.domain.files.attachment import Attachment, MediaType
from yanbao.domain.identity.events import LoggedIn
from yanbao.domain.inspection.form import Figure, InspectionForm, InspectionKind, Sheet
from yanbao.domain.inspection.inspection import InspectionAction
from yanbao.domain.problem.problem import Problem
from yanbao.domain.values import AttachmentId, Client, InspectionId, RegionId

from .accounts import an_account
from .builders import DAY, LINTONG, a_person, an_id
from .inspections import PERMIT_SEEN, a_check_form, a_patrol_form, all_findings
from .world import CHANGAN, DONGFENG, PROVINCE_OFFICE, XIAN, World, a_world
from .world import LINTONG as LINTONG_BUREAU

PROVINCE_INSPECTOR: Final = a_person("吕省厅", Role.INSPECTOR, of=PROVINCE_OFFICE)
CITY_INSPECTOR: Final = a_person("施西安", Role.INSPECTOR, of=XIAN)
COLLEAGUE: Final = a_person("张西安", Role.INSPECTOR, of=XIAN)
CITY_HEAD: Final = a_person("孔局长", Role.DEPARTMENT_HEAD, of=XIAN)
COUNTY_INSPECTOR: Final = a_person("曹临潼", Role.INSPECTOR, of=LINTONG_BUREAU)
CHANGAN_INSPECTOR: Final = a_person("严长安", Role.INSPECTOR, of=CHANGAN)
INSPECTORS: Final = (
    PROVINCE_INSPECTOR,
    CITY_INSPECTOR,
    COLLEAGUE,
    CITY_HEAD,
    COUNTY_INSPECTOR,
    CHANGAN_INSPECTOR,
)

ALL: Final = InspectionFilter(DAY, DAY, replaced=True)
COUNTED: Final = InspectionFilter(DAY, DAY)
A_PATROL: Final = a_patrol_form()
A_CHECK: Final = a_check_form(pictures=(), findings=all_findings(EnterpriseKind.PRODUCTION, PERMIT_SEEN))
"""Without pictures: those have to be sent in first."""


@dataclass
class Inspecting(World):
    """A stage on which people inspect."""

    # ------------------------------------------------------------ what inspectors do

    def open(
        self,
        by: Person = CITY_INSPECTOR,
        whom: Enterprise | RegionId = LINTONG,
        *,
        key: str = "draft-0001",
    ) -> InspectionRow:
        inspections = self.system.app.inspections
        if isinstance(whom, Enterprise):
            return inspections.open_spot_check(self.actor(by), OpenSpotCheck(whom.id), key=key)
        return inspections.open_patrol(self.actor(by), OpenPatrol(whom), key=key)

    def edit(
        self,
        row: InspectionRow,
        form: InspectionForm | None = None,
        *,
        by: Person = CITY_INSPECTOR,
        key: str | None = None,
    ) -> InspectionRow:
        usual = A_PATROL if row.kind is InspectionKind.PATROL else A_CHECK
        command = EditInspection(row.id, row.revision, usual if form is None else form)
        return self.system.app.inspections.edit(self.actor(by), command, key=key)

    def refresh(
        self, row: InspectionRow, *, by: Person = CITY_INSPECTOR, key: str | None = None
    ) -> RefreshedDraft:
        command = RefreshInspection(row.id, row.revision)
        return self.system.app.inspections.refresh(self.actor(by), command, key=key)

    def turn_in(
        self, row: InspectionRow, *, by: Person = CITY_INSPECTOR, key: str | None = None
    ) -> InspectionRow:
        command = SubmitInspection(row.id, row.revision)
        return self.system.app.inspections.submit(self.actor(by), command, key=key)

    def discard(
        self, row: InspectionRow, *, by: Person = CITY_INSPECTOR, key: str | None = None
    ) -> InspectionRow:
        command = DiscardInspection(row.id, row.revision)
        return self.system.app.inspections.discard(self.actor(by), command, key=key)

    def do(self, action: InspectionAction, row: InspectionRow, *, by: Person = CITY_INSPECTOR) -> object:
        steps = {
            InspectionAction.EDIT: self.edit,
            InspectionAction.REFRESH: self.refresh,
            InspectionAction.SUBMIT: self.turn_in,
            InspectionAction.DISCARD: self.discard,
        }
        return steps[action](row, by=by)

    def record(
        self,
        by: Person = CITY_INSPECTOR,
        whom: Enterprise | RegionId = LINTONG,
        *,
        form: InspectionForm | None = None,
        key: str = "draft-0001",
    ) -> InspectionRow:
        """Opened, filled in and submitted."""
        return self.turn_in(self.edit(self.open(by, whom, key=key), form, by=by), by=by)

    # ------------------------------------------------------------ what happens in a day

    def logs_in(self, *people: Person) -> None:
        with self.system.storage.work(SYSTEM) as work:
            for person in people:
                account = an_account(person).id
                work.note(
                    LoggedIn(
                        account, person.id, person.department_id, None, Client.WEB, self.system.clock.now()
                    )
                )
            work.commit()

    def views(self, by: Person, of: Enterprise = DONGFENG) -> None:
        self.system.app.directory.view_enterprise(self.actor(by), of.id)

    def uploads(self, name: str, by: Person = CITY_INSPECTOR) -> AttachmentId:
        id = AttachmentId(an_id("attachment", name))
        with self.system.storage.work(SYSTEM) as work:
            now = self.system.clock.now()
            work.attachments.add(Attachment(id, name, MediaType.JPEG, 9, "0" * 64, True, by.id, now))
            work.commit()
        return id

    # ------------------------------------------------------------ what is there

    def kept(self, id: InspectionId) -> KeptInspection:
        return self.state.inspections[id]

    def problems(self) -> list[Problem]:
        return sorted(self.state.problems.values(), key=lambda problem: problem.id)

    def seen(self, by: Person, where: InspectionFilter = COUNTED) -> list[InspectionRow]:
        found = self.system.app.inspections.page(self.actor(by), where, Page(100))
        assert self.system.app.inspections.count(self.actor(by), where) == len(found.rows)
        return list(found.rows)

    def sheet(self, row: InspectionRow, by: Person = CITY_INSPECTOR) -> Sheet:
        return self.system.app.inspections.contents(self.actor(by), [row.id])[row.id][0]

    def figures(self, row: InspectionRow, by: Person = CITY_INSPECTOR) -> dict[str, Figure]:
        return {figure.key: figure for figure in self.sheet(row, by).figures}


def an_inspection_day(at: str = "09:30", day: date = DAY) -> Inspecting:
    world = Inspecting(a_world().system)
    world.settle(*INSPECTORS, *(an_account(person, f"user-{person.id.hex[:8]}") for person in INSPECTORS))
    world.at(at, day)
    return world


def entries(world: Inspecting) -> list[tuple[str, str, str]]:
    """The trail: what was done, to what, by whom."""
    found = sorted(world.state.audit.values(), key=lambda entry: (entry.at, entry.action))
    return [(entry.action, entry.subject, entry.actor_name) for entry in found]

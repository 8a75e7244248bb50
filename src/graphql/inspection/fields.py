"""GraphQL fields for inspections: query records and drafts; open, fill in, refresh and submit one."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from ...application.inspection.commands import (
    DiscardInspection,
    EditInspection,
    OpenPatrol,
    OpenSpotCheck,
    RefreshInspection,
    SubmitInspection,
)
from ...application.inspection.patrol_targets import PatrolTarget as DomainTarget
from ...application.ports.inspection import DraftOrder, InspectionOrder, InspectionRow
from ...application.ports.inspection import InspectionCounts as DomainCounts
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.inspection.checklist import ChecklistItem as DomainItem
from ...domain.inspection.checklist import checklist_for
from ...domain.inspection.form import SheetChange as DomainChange
from ...domain.values import EnterpriseId, InspectionId
from ..context import AppInfo, in_thread
from ..parts.forms import form_mutation
from ..parts.ids import region_of, uuid_of
from ..parts.paging import Connection, CountablePage, page_of
from ..parts.refusals import Refusal, answer, attempt
from .inputs import InspectionFilterInput, InspectionFormInput, to_filter, to_form
from .types import ChecklistItem, Inspection, InspectionCounts, PatrolTarget, SheetChange


@strawberry.type
class InspectionQuery:
    @strawberry.field(
        graphql_type=Connection[Inspection],
        description="查询检查记录（巡查、抽查）。One's own department's and all subordinate ones'.",
    )
    async def inspections(
        self,
        info: AppInfo,
        where: InspectionFilterInput,
        first: int,
        after: str | None = None,
        order_by: InspectionOrder = InspectionOrder.NEWEST,
    ) -> CountablePage[InspectionRow]:
        app, actor, chosen = info.context.app, info.context.actor, to_filter(where)
        asked = page_of(info, first, after, order_by)
        page = await in_thread(app.inspections.page, actor, chosen, asked, order_by)
        return CountablePage(page, lambda: app.inspections.count(actor, chosen), order_by)

    @strawberry.field(
        graphql_type=list[PatrolTarget],
        description="我可以巡查的下级部门及今日巡查情况，按区域代码。Open one with `openPatrol`.",
    )
    async def patrol_targets(self, info: AppInfo) -> Sequence[DomainTarget]:
        return await in_thread(info.context.app.patrol_targets.today, info.context.actor)

    @strawberry.field(
        graphql_type=InspectionCounts,
        description="检查记录的条数，人工与自动分别计数。Of the records that the same `where` lists.",
    )
    async def inspection_counts(self, info: AppInfo, where: InspectionFilterInput) -> DomainCounts:
        return await in_thread(info.context.app.inspections.counts, info.context.actor, to_filter(where))

    @strawberry.field(graphql_type=Connection[Inspection], description="本人的草稿。")
    async def inspection_drafts(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        order_by: DraftOrder = DraftOrder.OLDEST,
    ) -> CountablePage[InspectionRow]:
        read, asked = info.context.app.inspections.drafts, page_of(info, first, after, order_by)
        page = await in_thread(read, info.context.actor, asked, order_by)
        return CountablePage(page, order=order_by)

    @strawberry.field(
        graphql_type=list[ChecklistItem], description="某类企业的检查项。In the order of a walk through it."
    )
    def checklist(self, info: AppInfo, kind: EnterpriseKind) -> Sequence[DomainItem]:
        _ = info.context.actor
        return checklist_for(kind)


@strawberry.type(description="检查已保存。The inspection as it stands now.")
class InspectionSaved:
    row: strawberry.Private[InspectionRow]

    @strawberry.field(graphql_type=Inspection, description="保存后的草稿，或提交后的记录。")
    def inspection(self) -> InspectionRow:
        return self.row


@strawberry.type(description="数据已刷新。The draft with newer figures, and what has changed.")
class InspectionRefreshed(InspectionSaved):
    lines: strawberry.Private[Sequence[DomainChange]]

    @strawberry.field(graphql_type=list[SheetChange], description="有变化的数据，按表中的顺序。")
    def changes(self) -> Sequence[DomainChange]:
        return self.lines


InspectionAnswer = answer("InspectionAnswer", InspectionSaved)
InspectionRefreshedAnswer = answer("InspectionRefreshedAnswer", InspectionRefreshed)


@strawberry.type
class InspectionMutation:
    @strawberry.mutation(
        graphql_type=InspectionAnswer,
        description="开始巡查一个下级区域，得到预填的草稿。Sent twice with one key, it is one draft.",
    )
    async def open_patrol(
        self,
        info: AppInfo,
        region_id: strawberry.ID,
        client_mutation_key: str,
    ) -> InspectionSaved | Refusal:
        async def act() -> InspectionSaved:
            actor = info.context.actor
            command = OpenPatrol(region_of(region_id, field="regionId"))
            opened = info.context.app.inspections.open_patrol
            return InspectionSaved(row=await in_thread(opened, actor, command, key=client_mutation_key))

        return await attempt(act)

    @strawberry.mutation(
        graphql_type=InspectionAnswer,
        description="开始抽查一家企业，得到预填的草稿。Sent twice with one key, it is one draft.",
    )
    async def open_spot_check(
        self,
        info: AppInfo,
        enterprise_id: strawberry.ID,
        client_mutation_key: str,
    ) -> InspectionSaved | Refusal:
        async def act() -> InspectionSaved:
            actor = info.context.actor
            enterprise = EnterpriseId(uuid_of("Enterprise", enterprise_id, field="enterpriseId"))
            opened = info.context.app.inspections.open_spot_check
            command = OpenSpotCheck(enterprise)
            return InspectionSaved(row=await in_thread(opened, actor, command, key=client_mutation_key))

        return await attempt(act)

    @form_mutation(
        graphql_type=InspectionAnswer,
        description="保存草稿，不必完整。The whole form takes the place of what was filled in so far.",
    )
    async def edit_inspection(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        form: InspectionFormInput,
        client_mutation_key: str | None = None,
    ) -> InspectionSaved | Refusal:
        async def act() -> InspectionSaved:
            actor = info.context.actor
            filled_in, unreadable = to_form(form)
            command = EditInspection(_inspection(id), revision, filled_in, unreadable)
            edit = info.context.app.inspections.edit
            return InspectionSaved(row=await in_thread(edit, actor, command, key=client_mutation_key))

        return await attempt(act)

    @strawberry.mutation(
        graphql_type=InspectionRefreshedAnswer,
        description="刷新草稿的自动数据，并列出变化。What was filled in stays.",
    )
    async def refresh_inspection(
        self, info: AppInfo, id: strawberry.ID, revision: int, client_mutation_key: str | None = None
    ) -> InspectionRefreshed | Refusal:
        async def act() -> InspectionRefreshed:
            actor = info.context.actor
            command = RefreshInspection(_inspection(id), revision)
            refresh = info.context.app.inspections.refresh
            done = await in_thread(refresh, actor, command, key=client_mutation_key)
            return InspectionRefreshed(row=done.inspection, lines=done.changes)

        return await attempt(act)

    @form_mutation(
        graphql_type=InspectionAnswer,
        description="提交：草稿成为记录，不再改变，其问题随即下发。Record and problems in one transaction.",
    )
    async def submit_inspection(
        self, info: AppInfo, id: strawberry.ID, revision: int, client_mutation_key: str | None = None
    ) -> InspectionSaved | Refusal:
        async def act() -> InspectionSaved:
            actor = info.context.actor
            command = SubmitInspection(_inspection(id), revision)
            submit = info.context.app.inspections.submit
            return InspectionSaved(row=await in_thread(submit, actor, command, key=client_mutation_key))

        return await attempt(act)

    @strawberry.mutation(graphql_type=InspectionAnswer, description="作废草稿。")
    async def discard_inspection(
        self, info: AppInfo, id: strawberry.ID, revision: int, client_mutation_key: str | None = None
    ) -> InspectionSaved | Refusal:
        async def act() -> InspectionSaved:
            actor = info.context.actor
            command = DiscardInspection(_inspection(id), revision)
            discard = info.context.app.inspections.discard
            return InspectionSaved(row=await in_thread(discard, actor, command, key=client_mutation_key))

        return await attempt(act)


def _inspection(raw: strawberry.ID) -> InspectionId:
    return InspectionId(uuid_of("Inspection", raw, field="id"))

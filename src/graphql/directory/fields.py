"""GraphQL queries of the directory, and the look-up by global id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import strawberry

from ...application.ports.directory import DepartmentRow, EnterpriseFilter, EnterpriseRow, RegionRow
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.directory.shutdown import PeriodSource
from ...domain.directory.shutdown import ShutdownPeriod as DomainPeriod
from ...domain.refusals import Forbidden, InvalidValue, NotFound
from ...domain.values import (
    AccountId,
    AttachmentId,
    CertificateId,
    CommitmentId,
    DepartmentId,
    EnterpriseId,
    InspectionId,
    MessageId,
    PersonId,
    ProblemId,
    ShutdownPeriodId,
    parse_text,
)
from ..context import AppInfo, RequestContext, in_thread
from ..parts.ids import region_of, split, uuid_of
from ..parts.node import Node
from ..parts.paging import MOST, Connection, CountablePage, page_of
from .types import Department, Enterprise, Region, ShutdownPeriod


@strawberry.input(description="企业查询条件。")
class EnterpriseFilterInput:
    text: str | None = strawberry.field(default=None, description="名称或信用代码中的文字。")
    region_id: strawberry.ID | None = strawberry.field(default=None, description="区域，包括其下级。")
    kinds: list[EnterpriseKind] = strawberry.field(default_factory=list, description="企业类型。")
    active: bool | None = strawberry.field(default=True, description="true仅在册，false仅停用，空为全部。")


def _filter(given: EnterpriseFilterInput | None) -> EnterpriseFilter:
    given = given or EnterpriseFilterInput()
    text = given.text and parse_text(given.text, what="查询文字", field="text", longest=50, shortest=0)
    region = None if given.region_id is None else region_of(given.region_id, field="regionId")
    return EnterpriseFilter(
        text=text or None, region_id=region, kinds=tuple(given.kinds), active=given.active
    )


async def look_up(context: RequestContext, raw: strawberry.ID) -> object | None:
    """Load the object of a global id; None if the id is unknown, malformed or out of the viewer's scope.

    Also None if the viewer's role may not read it, so that one id does not fail a query for several.
    Raises Forbidden if the viewer must change the password first.
    """
    try:
        return await _found(context, raw)
    except Forbidden:
        if context.actor.must_change_password:
            raise
        return None


async def _found(context: RequestContext, raw: strawberry.ID) -> object | None:
    try:
        type_name, _ = split(raw)
        if type_name == "Region":
            return await context.loaders.regions.load(region_of(raw))
        id = uuid_of(type_name, raw)
    except NotFound:
        return None  # The same answer as for an unknown id or one out of scope.
    app, actor = context.app, context.actor
    match type_name:
        case "Department":
            return await context.loaders.departments.load(DepartmentId(id))
        case "Person":
            return await context.loaders.people.load(PersonId(id))
        case "Enterprise":
            return await context.loaders.enterprises.load(EnterpriseId(id))
        case "Commitment":
            return await context.loaders.commitments.load(CommitmentId(id))
        case "Inspection":
            return await context.loaders.inspections.load(InspectionId(id))
        case "Problem":
            return await context.loaders.problems.load(ProblemId(id))
        case "Certificate":
            return (await in_thread(app.browsing.certificates, actor, [CertificateId(id)])).get(
                CertificateId(id)
            )
        case "ShutdownPeriod":
            period = ShutdownPeriodId(id)
            return (await in_thread(app.browsing.shutdown_periods, actor, [period])).get(period)
        case "Attachment":
            return await context.loaders.attachments.load(AttachmentId(id))
        case "Message":
            return (await in_thread(app.notices.messages_by_id, actor, [MessageId(id)])).get(MessageId(id))
        case "Account":
            return (await in_thread(app.identity.accounts_by_id, actor, [AccountId(id)])).get(AccountId(id))
        case "ExchangeEntry":
            return (await in_thread(app.exchange.duties_by_id, actor, [id])).get(id)
        case _:
            return None


@strawberry.type
class DirectoryQuery:
    @strawberry.field(graphql_type=Node | None, description="按全局编号查询；未知的或无权查看的均为空。")
    async def node(self, info: AppInfo, id: strawberry.ID) -> object | None:
        _ = info.context.actor
        return await look_up(info.context, id)

    @strawberry.field(graphql_type=list[Node | None], description="按全局编号查询多个，最多100个，顺序不变。")
    async def nodes(self, info: AppInfo, ids: list[strawberry.ID]) -> list[object | None]:
        _ = info.context.actor
        if len(ids) > MOST:
            raise InvalidValue(f"一次最多查询{MOST}个编号，现为{len(ids)}个。", field="ids")
        return [await look_up(info.context, id) for id in ids]

    @strawberry.field(graphql_type=list[Region], description="全部区域，按代码。")
    async def regions(self, info: AppInfo) -> Sequence[RegionRow]:
        return await in_thread(info.context.app.browsing.regions, info.context.actor)

    @strawberry.field(graphql_type=Connection[Department], description="本辖区的部门。")
    async def departments(
        self, info: AppInfo, first: int, after: str | None = None
    ) -> CountablePage[DepartmentRow]:
        read = info.context.app.browsing.department_page
        return CountablePage(await in_thread(read, info.context.actor, page_of(info, first, after)))

    @strawberry.field(graphql_type=Connection[Enterprise], description="本辖区的企业，按区域代码、信用代码。")
    async def enterprises(
        self, info: AppInfo, first: int, after: str | None = None, where: EnterpriseFilterInput | None = None
    ) -> CountablePage[EnterpriseRow]:
        browsing, actor, chosen = info.context.app.browsing, info.context.actor, _filter(where)
        page = await in_thread(browsing.enterprise_page, actor, chosen, page_of(info, first, after))
        return CountablePage(page, lambda: browsing.enterprise_count(actor, chosen))

    @strawberry.field(
        graphql_type=Enterprise | None,
        description="企业页面。That a department looked at it is kept: spot-check records arise from it.",
    )
    async def enterprise(self, info: AppInfo, id: strawberry.ID) -> EnterpriseRow:
        view = info.context.app.directory.view_enterprise
        return await in_thread(view, info.context.actor, EnterpriseId(uuid_of("Enterprise", id, field="id")))

    @strawberry.field(graphql_type=Connection[ShutdownPeriod], description="停产期，新的在前。")
    async def shutdown_periods(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        enterprise_id: strawberry.ID | None = None,
        covering: date | None = None,
        source: PeriodSource | None = None,
    ) -> CountablePage[DomainPeriod]:
        read, actor, chosen = info.context.app.browsing.shutdown_page, info.context.actor, None
        if enterprise_id is not None:
            chosen = EnterpriseId(uuid_of("Enterprise", enterprise_id, field="enterpriseId"))
        page = await in_thread(
            read, actor, page_of(info, first, after), enterprise_id=chosen, covering=covering, source=source
        )
        return CountablePage(page)

"""GraphQL queries of the directory, and the look-up by global id."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

import strawberry

from ...application.ports.directory import (
    CertificateOrder,
    CertificateRow,
    DepartmentOrder,
    DepartmentRow,
    EnterpriseOrder,
    EnterpriseRow,
    PersonOrder,
    PersonRow,
    RegionRow,
    ShutdownPeriodFilter,
    ShutdownPeriodOrder,
)
from ...domain.directory.enterprise import EnterpriseKind, StopReason
from ...domain.directory.shutdown import PeriodSource
from ...domain.directory.shutdown import ShutdownPeriod as DomainPeriod
from ...domain.refusals import Forbidden, InvalidValue, NotFound
from ...domain.values import (
    AccountId,
    AlertId,
    AttachmentId,
    CertificateId,
    CommitmentId,
    DepartmentId,
    EnterpriseId,
    ExportId,
    InspectionId,
    MessageId,
    PersonId,
    ProblemId,
    RegionReportId,
    ShutdownPeriodId,
)
from ..context import AppInfo, RequestContext, in_thread
from ..parts.ids import region_of, split, uuid_of
from ..parts.node import Node
from ..parts.paging import MOST, Connection, CountablePage, page_of
from .filters import (
    CertificateFilterInput,
    DepartmentFilterInput,
    EnterpriseFilterInput,
    PersonFilterInput,
    to_certificates,
    to_departments,
    to_enterprises,
    to_people,
)
from .types import Certificate, Department, Enterprise, Person, Region, ShutdownPeriod


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
        case "Alert":
            return await context.loaders.alerts.load(AlertId(id))
        case "Problem":
            return await context.loaders.problems.load(ProblemId(id))
        case "Certificate":
            return await context.loaders.certificates.load(CertificateId(id))
        case "ShutdownPeriod":
            return await context.loaders.shutdown_periods.load(ShutdownPeriodId(id))
        case "Attachment":
            return await context.loaders.attachments.load(AttachmentId(id))
        case "RegionReport":
            return await context.loaders.region_reports.load(RegionReportId(id))
        case "Export":
            return await context.loaders.exports.load(ExportId(id))
        case "Message":
            return await context.loaders.messages.load(MessageId(id))
        case "Account":
            return await context.loaders.accounts.load(AccountId(id))
        case "SmsRecord":
            return await context.loaders.texts.load(id)
        case "InboxMessage":
            return await context.loaders.inbox_messages.load(id)
        case "InboxRecord":
            return await context.loaders.inbox_records.load(id)
        case "ExchangeEntry":
            return await context.loaders.duties.load(id)
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
        # All at once, so that the loaders read each kind of object in one batch.
        return await asyncio.gather(*(look_up(info.context, id) for id in ids))

    @strawberry.field(graphql_type=list[Region], description="全部区域，按代码。")
    async def regions(self, info: AppInfo) -> Sequence[RegionRow]:
        return await in_thread(info.context.app.browsing.regions, info.context.actor)

    @strawberry.field(graphql_type=Connection[Department], description="本辖区的部门。")
    async def departments(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        where: DepartmentFilterInput | None = None,
        order_by: DepartmentOrder = DepartmentOrder.LEVEL,
    ) -> CountablePage[DepartmentRow]:
        browsing, actor, chosen = info.context.app.browsing, info.context.actor, to_departments(where)
        asked = page_of(info, first, after, order_by)
        page = await in_thread(browsing.department_page, actor, chosen, asked, order_by)
        return CountablePage(page, lambda: browsing.department_count(actor, chosen), order_by)

    @strawberry.field(
        graphql_type=Connection[Certificate], description="本辖区在册企业的证书。Next to expire first."
    )
    async def certificates(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        where: CertificateFilterInput | None = None,
        order_by: CertificateOrder = CertificateOrder.EXPIRY,
    ) -> CountablePage[CertificateRow]:
        browsing, actor, chosen = info.context.app.browsing, info.context.actor, to_certificates(where)
        asked = page_of(info, first, after, order_by)
        page = await in_thread(browsing.certificate_page, actor, chosen, asked, order_by)
        return CountablePage(page, lambda: browsing.certificate_count(actor, chosen), order_by)

    @strawberry.field(graphql_type=Connection[Enterprise], description="本辖区的企业。")
    async def enterprises(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        where: EnterpriseFilterInput | None = None,
        order_by: EnterpriseOrder = EnterpriseOrder.REGION,
    ) -> CountablePage[EnterpriseRow]:
        browsing, actor, chosen = info.context.app.browsing, info.context.actor, to_enterprises(where)
        asked = page_of(info, first, after, order_by)
        page = await in_thread(browsing.enterprise_page, actor, chosen, asked, order_by)
        return CountablePage(page, lambda: browsing.enterprise_count(actor, chosen), order_by)

    @strawberry.field(
        graphql_type=Connection[Person],
        description="本辖区部门和企业的人员；企业人员只见本企业的。People of all employers in one list.",
    )
    async def people(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        where: PersonFilterInput | None = None,
        order_by: PersonOrder = PersonOrder.REGION,
    ) -> CountablePage[PersonRow]:
        browsing, actor, chosen = info.context.app.browsing, info.context.actor, to_people(where)
        asked = page_of(info, first, after, order_by)
        page = await in_thread(browsing.person_page, actor, chosen, asked, order_by)
        return CountablePage(page, lambda: browsing.person_count(actor, chosen), order_by)

    @strawberry.field(
        graphql_type=Enterprise | None,
        description="企业页面。That a department looked at it is kept: spot-check records arise from it.",
    )
    async def enterprise(self, info: AppInfo, id: strawberry.ID) -> EnterpriseRow:
        view = info.context.app.directory.view_enterprise
        return await in_thread(view, info.context.actor, EnterpriseId(uuid_of("Enterprise", id, field="id")))

    @strawberry.field(graphql_type=Connection[ShutdownPeriod], description="停产期，包括已取消的。")
    async def shutdown_periods(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        enterprise_id: strawberry.ID | None = None,
        region_id: strawberry.ID | None = None,
        covering: date | None = None,
        source: PeriodSource | None = None,
        reason: StopReason | None = None,
        kind: EnterpriseKind | None = None,
        cancelled: bool | None = None,
        order_by: ShutdownPeriodOrder = ShutdownPeriodOrder.NEWEST,
    ) -> CountablePage[DomainPeriod]:
        read, actor, enterprise = info.context.app.browsing.shutdown_page, info.context.actor, None
        if enterprise_id is not None:
            enterprise = EnterpriseId(uuid_of("Enterprise", enterprise_id, field="enterpriseId"))
        region = None if region_id is None else region_of(region_id, field="regionId")
        chosen = ShutdownPeriodFilter(enterprise, region, covering, source, reason, kind, cancelled)
        page = await in_thread(read, actor, chosen, page_of(info, first, after, order_by), order_by)
        return CountablePage(page, order=order_by)

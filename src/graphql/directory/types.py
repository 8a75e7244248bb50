"""GraphQL types for the directory: regions, departments, people, enterprises and their parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import strawberry
from strawberry.types.lazy_type import LazyType

from ...application.ports.alert import AlertRow
from ...application.ports.commitment import CommitmentRow
from ...application.ports.directory import CertificateRow, DepartmentRow, EnterpriseRow, PersonRow, RegionRow
from ...domain.alert import form, watch
from ...domain.alert.form import AlertLevel, DueKind
from ...domain.alert.workflow import AlertState
from ...domain.deadlines import business_date
from ...domain.directory import certificate as certificates
from ...domain.directory import enterprise as enterprises
from ...domain.directory import shutdown
from ...domain.directory.certificate import CertificateKind, Trade
from ...domain.directory.enterprise import EnterpriseKind, StopReason
from ...domain.directory.organisation import Level, Role
from ...domain.directory.shutdown import PeriodSource
from ...domain.values import Phone
from ..context import AppInfo
from ..loaders import MaybeRow
from ..parts.ids import global_id
from ..parts.node import Node, shows

COMMITMENT: Final[Any] = LazyType("Commitment", "..commitment.types", __package__)
"""Lazy type: `commitment.types` imports this module, so a direct import would be circular."""


@strawberry.type(description="区域。A region, by its six-digit code.")
class Region(Node):
    is_type_of = shows(RegionRow)

    @strawberry.field(description="六位行政区划代码。GB/T 2260, or a local code where GB has none.")
    def code(root: strawberry.Parent[RegionRow]) -> str:
        return root.id

    name: str = strawberry.field(description="名称。")
    level: Level = strawberry.field(description="层级。")
    local: bool = strawberry.field(description="是否为本地区域（国标无此代码）。")
    gb_code: str | None = strawberry.field(description="推送部级平台时使用的国标代码。")

    @strawberry.field(graphql_type="Region | None", description="上级区域。")
    async def parent(root: strawberry.Parent[RegionRow], info: AppInfo) -> RegionRow | None:
        return None if root.parent_id is None else await info.context.loaders.regions.load(root.parent_id)


@strawberry.type(description="部门。A department: a place in the tree of departments, and a jurisdiction.")
class Department(Node):
    is_type_of = shows(DepartmentRow)

    name: str = strawberry.field(description="名称。")
    level: Level = strawberry.field(description="层级。")

    @strawberry.field(graphql_type="Department | None", description="上级部门；在您的范围之外时为空。")
    async def parent(root: strawberry.Parent[DepartmentRow], info: AppInfo) -> DepartmentRow | None:
        return None if root.parent_id is None else await info.context.loaders.departments.load(root.parent_id)

    @strawberry.field(graphql_type=list[Region], description="管辖区域，包括其下级。")
    async def jurisdiction(root: strawberry.Parent[DepartmentRow], info: AppInfo) -> Sequence[RegionRow]:
        found = await info.context.loaders.regions.load_many(list(root.jurisdiction))
        return [row for row in found if row is not None]

    @strawberry.field(graphql_type="list[Person]", description="人员，在岗的在前，再按角色、姓名。")
    async def people(root: strawberry.Parent[DepartmentRow], info: AppInfo) -> Sequence[PersonRow]:
        return await info.context.loaders.people_of_departments.load(root.id)


@strawberry.type(description="人员。A person of a department or of an enterprise.")
class Person(Node):
    is_type_of = shows(PersonRow)

    name: str = strawberry.field(description="姓名。")
    role: Role = strawberry.field(description="角色。")
    active: bool = strawberry.field(description="是否在岗。")

    @strawberry.field(description="手机号码，已脱敏；本人可见全号。")
    def phone(root: strawberry.Parent[PersonRow], info: AppInfo) -> str:
        own = info.context.actor.person_id == root.id
        return root.phone if own else Phone(root.phone).masked

    @strawberry.field(
        description="手机号码全号，限须由您联系的人：辖区企业的主要负责人和安全管理人员、下级部门的值班人员；其他人为空。"
        "Every reading is audited: ask for it only to call somebody."
    )
    async def phone_number(root: strawberry.Parent[PersonRow], info: AppInfo) -> str | None:
        return await info.context.loaders.phone_numbers.load(root.id)

    @strawberry.field(graphql_type=Department | None, description="所属部门。")
    async def department(root: strawberry.Parent[PersonRow], info: AppInfo) -> DepartmentRow | None:
        return (
            None
            if root.department_id is None
            else await info.context.loaders.departments.load(root.department_id)
        )

    @strawberry.field(graphql_type="Enterprise | None", description="所属企业。")
    async def enterprise(root: strawberry.Parent[PersonRow], info: AppInfo) -> EnterpriseRow | None:
        return (
            None
            if root.enterprise_id is None
            else await info.context.loaders.enterprises.load(root.enterprise_id)
        )


@strawberry.type(description="工房。A workshop with what its permit approves.")
class Workshop:
    is_type_of = shows(enterprises.Workshop)

    number: str = strawberry.field(description="编号。")
    name: str = strawberry.field(description="名称。")
    powder: bool = strawberry.field(description="是否涉药。")
    approved_persons: int = strawberry.field(description="核定人数。")
    approved_powder_kg: Decimal = strawberry.field(description="核定药量（千克）。")


@strawberry.type(description="仓库。A warehouse with its approved stock.")
class Warehouse:
    is_type_of = shows(enterprises.Warehouse)

    number: str = strawberry.field(description="编号。")
    name: str = strawberry.field(description="名称。")
    approved_boxes: Decimal = strawberry.field(description="核定箱数。")
    approved_kg: Decimal = strawberry.field(description="核定存量（千克）。")
    approved_persons: int = strawberry.field(description="核定人数。")


@dataclass(frozen=True, slots=True)
class DueRow:
    """A due date of a certificate on a day, with the open alert about it; None without one."""

    due: form.CertificateDue
    days_left: int
    alert: AlertRow | None


@strawberry.type(
    description="证书的一个到期日。Expiry, or the review of a special-operation card, with its open alert."
)
class CertificateDue:
    is_type_of = shows(DueRow)

    days_left: int = strawberry.field(description="距到期的天数；已过期为负数。")

    @strawberry.field(description="有效期届满或复审到期。")
    def kind(root: strawberry.Parent[DueRow]) -> DueKind:
        return root.due.kind

    @strawberry.field(description="到期日。")
    def due_on(root: strawberry.Parent[DueRow]) -> date:
        return root.due.due_on

    @strawberry.field(description="未办结的证书报警的全局编号；没有时为空。")
    def alert_id(root: strawberry.Parent[DueRow]) -> strawberry.ID | None:
        return None if root.alert is None else global_id("Alert", root.alert.id)

    @strawberry.field(description="未办结的证书报警的等级；没有时为空。")
    def alert_level(root: strawberry.Parent[DueRow]) -> AlertLevel | None:
        return None if root.alert is None else root.alert.level

    @strawberry.field(description="未办结的证书报警的状态；没有时为空。")
    def alert_state(root: strawberry.Parent[DueRow]) -> AlertState | None:
        return None if root.alert is None else root.alert.state


@strawberry.type(description="证书。A permit or qualification; both days are valid days.")
class Certificate(Node):
    is_type_of = shows(CertificateRow)

    kind: CertificateKind = strawberry.field(description="种类。")
    number: str = strawberry.field(description="证书编号。")
    issued_on: date = strawberry.field(description="发证日期。")
    expires_on: date = strawberry.field(description="有效期至。")
    review_due_on: date | None = strawberry.field(description="复审到期日（特种作业操作证）。")
    trade: Trade | None = strawberry.field(description="作业类别（特种作业操作证）；未登记时为空。")

    @strawberry.field(description="编号是否为通用格式；不是时仅作提示。")
    def number_is_usual(root: strawberry.Parent[CertificateRow]) -> bool:
        return certificates.number_is_usual(root.kind, root.number)

    @strawberry.field(description="今日是否有效。")
    def valid(root: strawberry.Parent[CertificateRow], info: AppInfo) -> bool:
        return root.issued_on <= business_date(info.context.app.clock.now()) <= root.expires_on

    @strawberry.field(description="距到期的天数；已过期为负数。")
    def days_left(root: strawberry.Parent[CertificateRow], info: AppInfo) -> int:
        return (root.expires_on - business_date(info.context.app.clock.now())).days

    @strawberry.field(
        graphql_type=list[CertificateDue], description="全部到期日及其未办结的报警；有效期届满在前。"
    )
    async def dues(root: strawberry.Parent[CertificateRow], info: AppInfo) -> list[DueRow]:
        today = business_date(info.context.app.clock.now())
        alerts = await info.context.loaders.alerts_of_certificates.load(root.id)
        return [
            DueRow(due, (due.due_on - today).days, next((a for a in alerts if a.due == due), None))
            for due in watch.due_dates(root.id, root.expires_on, root.review_due_on)
        ]

    @strawberry.field(graphql_type="Enterprise | None", description="企业。")
    def enterprise(root: strawberry.Parent[CertificateRow], info: AppInfo) -> MaybeRow[EnterpriseRow]:
        return info.context.loaders.enterprises.load(root.enterprise_id)

    @strawberry.field(graphql_type=Region | None, description="企业所在区域。")
    def region(root: strawberry.Parent[CertificateRow], info: AppInfo) -> MaybeRow[RegionRow]:
        return info.context.loaders.regions.load(root.region_id)

    @strawberry.field(graphql_type=Person | None, description="持证人；企业证书为空。")
    async def holder(root: strawberry.Parent[CertificateRow], info: AppInfo) -> PersonRow | None:
        return None if root.person_id is None else await info.context.loaders.people.load(root.person_id)


@strawberry.type(
    description="企业。A production or wholesale enterprise; totals are kept from its workshops and warehouses."
)
class Enterprise(Node):
    is_type_of = shows(EnterpriseRow)

    credit_code: str = strawberry.field(description="统一社会信用代码。")
    name: str = strawberry.field(description="名称。")
    kind: EnterpriseKind = strawberry.field(description="类型。")
    address: str = strawberry.field(description="地址。")
    active: bool = strawberry.field(description="是否在册；停用的企业不再上报承诺。")
    workshops_total: int = strawberry.field(description="工房总数。")
    powder_workshops_total: int = strawberry.field(description="涉药工房总数。")
    warehouses_total: int = strawberry.field(description="仓库总数。")
    approved_persons: int = strawberry.field(description="核定人数。")
    approved_powder_kg: Decimal = strawberry.field(description="核定药量（千克）。")
    approved_boxes: Decimal = strawberry.field(description="核定箱数。")
    approved_stock_kg: Decimal = strawberry.field(description="核定存量（千克）。")
    updated_at: datetime = strawberry.field(description="档案更新时间。")

    @strawberry.field(graphql_type=Region, description="所在区域。")
    def region(root: strawberry.Parent[EnterpriseRow], info: AppInfo) -> MaybeRow[RegionRow]:
        return root.region or info.context.loaders.regions.load(root.region_id)

    @strawberry.field(graphql_type=list[Workshop], description="工房。")
    async def workshops(
        root: strawberry.Parent[EnterpriseRow], info: AppInfo
    ) -> Sequence[enterprises.Workshop]:
        return await info.context.loaders.workshops.load(root.id)

    @strawberry.field(graphql_type=list[Warehouse], description="仓库。")
    async def warehouses(
        root: strawberry.Parent[EnterpriseRow], info: AppInfo
    ) -> Sequence[enterprises.Warehouse]:
        return await info.context.loaders.warehouses.load(root.id)

    @strawberry.field(graphql_type=list[Certificate], description="证书，最晚到期的在前。")
    async def certificates(root: strawberry.Parent[EnterpriseRow], info: AppInfo) -> Sequence[CertificateRow]:
        return await info.context.loaders.certificates_of.load(root.id)

    @strawberry.field(graphql_type=list[Person], description="人员，在岗的在前，再按角色、姓名。")
    async def people(root: strawberry.Parent[EnterpriseRow], info: AppInfo) -> Sequence[PersonRow]:
        return await info.context.loaders.people_of_enterprises.load(root.id)

    @strawberry.field(
        graphql_type=COMMITMENT | None,
        description="某日的承诺（默认今日）；当日不应报时为空。",
    )
    async def commitment(
        root: strawberry.Parent[EnterpriseRow], info: AppInfo, date: date | None = None
    ) -> CommitmentRow | None:
        day = date or business_date(info.context.app.clock.now())
        return await info.context.loaders.on_day.load((root.id, day))


@strawberry.type(description="停产期的取消。Who cancelled it, when and why.")
class PeriodCancellation:
    by: str = strawberry.field(description="取消的部门；企业自行更正的为申报人。")
    at: datetime = strawberry.field(description="取消时间。")
    reason: str = strawberry.field(description="原因；部门取消自己登记的停产期可以为空。")


@strawberry.type(description="停产期。Days, both included, in which an enterprise or a region stands still.")
class ShutdownPeriod(Node):
    is_type_of = shows(shutdown.ShutdownPeriod)

    first_day: date = strawberry.field(description="开始日期。")
    last_day: date = strawberry.field(description="结束日期（含）。")
    reason: StopReason = strawberry.field(description="原因。")
    note: str = strawberry.field(description="说明。")
    cancelled: bool = strawberry.field(description="是否已取消。")
    kind: EnterpriseKind | None = strawberry.field(description="限定的企业类型；为空时不限。")
    source: PeriodSource = strawberry.field(description="来源：监管部门登记，或企业自行申报。")

    @strawberry.field(description="登记部门，或申报人；早期记录为空。")
    def registered_by(root: strawberry.Parent[shutdown.ShutdownPeriod]) -> str | None:
        return root.registrar or None

    @strawberry.field(description="登记或申报时间；早期记录为空。")
    def registered_at(root: strawberry.Parent[shutdown.ShutdownPeriod]) -> datetime | None:
        return None if root.registered is None else root.registered.signed.at

    @strawberry.field(description="取消情况；未取消的和早期取消的为空。")
    def cancellation(root: strawberry.Parent[shutdown.ShutdownPeriod]) -> PeriodCancellation | None:
        cancelled = root.cancellation
        if cancelled is None:
            return None
        by = cancelled.by
        return PeriodCancellation(
            by=by.department or by.signed.name, at=by.signed.at, reason=cancelled.reason
        )

    @strawberry.field(graphql_type=Enterprise | None, description="企业；针对区域时为空。")
    async def enterprise(
        root: strawberry.Parent[shutdown.ShutdownPeriod], info: AppInfo
    ) -> EnterpriseRow | None:
        return (
            None
            if root.enterprise_id is None
            else await info.context.loaders.enterprises.load(root.enterprise_id)
        )

    @strawberry.field(graphql_type=Region | None, description="区域；针对企业时为空。")
    async def region(root: strawberry.Parent[shutdown.ShutdownPeriod], info: AppInfo) -> RegionRow | None:
        return None if root.region_id is None else await info.context.loaders.regions.load(root.region_id)

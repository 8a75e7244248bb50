"""GraphQL types for commitments: the row in lists, the report with form and figures, the pre-filled form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import strawberry

from ...application.commitment.prefill import Prefill as DomainPrefill
from ...application.commitment.prefill import figures
from ...application.ports.commitment import CommitmentRow
from ...application.ports.directory import EnterpriseRow, RegionRow
from ...domain.commitment import form as forms
from ...domain.commitment.commitment import CommitmentAction, CommitmentState
from ...domain.commitment.form import PowderProcess, ProductionStatus
from ...domain.commitment.report import Promiser as DomainPromiser
from ...domain.commitment.report import Report
from ...domain.deadlines import last_day
from ...domain.directory.enterprise import EnterpriseKind, StopReason
from ...domain.inspection.form import Figure as DomainFigure
from ...domain.signed import Origin
from ..context import AppInfo, in_thread
from ..directory.types import Enterprise, Region
from ..loaders import MaybeRow
from ..parts.dues import due_text
from ..parts.figure import Figure
from ..parts.ids import global_id
from ..parts.node import Node, shows


@strawberry.type(description="超出核定的数据。A figure above what is approved.")
class Excess:
    is_type_of = shows(forms.Excess)

    what: str = strawberry.field(description="数据项。")
    field: str = strawberry.field(description="输入项。")
    present: Decimal = strawberry.field(description="现有。")
    approved: Decimal = strawberry.field(description="核定。")
    unit: str = strawberry.field(description="单位。")
    sentence: str = strawberry.field(description="说明。")


@strawberry.type(description="停产情况。")
class Stoppage:
    is_type_of = shows(forms.Stoppage)

    reason: StopReason = strawberry.field(description="原因。")
    note: str = strawberry.field(description="说明。")
    expected_resumption: date | None = strawberry.field(description="预计复产日期。")


@strawberry.type(description="生产情况。What a production enterprise has in use.")
class ProductionFigures:
    is_type_of = shows(forms.ProductionFigures)

    workshops_in_use: int = strawberry.field(description="使用工房数。")
    powder_workshops_in_use: int = strawberry.field(description="使用涉药工房数。")
    powder_processes: list[PowderProcess] = strawberry.field(description="今日涉药工序。")
    present_persons: int = strawberry.field(description="在岗人数。")
    present_powder_kg: Decimal = strawberry.field(description="现存药量（千克）。")


@strawberry.type(description="仓储情况。What a wholesale enterprise has in store.")
class WholesaleFigures:
    is_type_of = shows(forms.WholesaleFigures)

    warehouses_in_use: int = strawberry.field(description="使用仓库数。")
    stock_boxes: Decimal = strawberry.field(description="库存箱数。")
    stock_kg: Decimal = strawberry.field(description="库存量（千克）。")
    boxes_in: Decimal = strawberry.field(description="今日入库（箱）。")
    boxes_out: Decimal = strawberry.field(description="今日出库（箱）。")
    present_persons: int = strawberry.field(description="在岗人数。")


@strawberry.type(description="危险作业数量。How many hazardous jobs are planned today.")
class HazardousWork:
    is_type_of = shows(forms.HazardousWork)

    hot_work_special: int = strawberry.field(description="特级动火。")
    hot_work_first: int = strawberry.field(description="一级动火。")
    hot_work_second: int = strawberry.field(description="二级动火。")
    temporary_electricity: int = strawberry.field(description="临时用电。")
    work_at_height: int = strawberry.field(description="高处作业。")
    confined_space: int = strawberry.field(description="受限空间。")
    maintenance: int = strawberry.field(description="检维修。")
    powder_disposal: int = strawberry.field(description="余废药处置。")
    contractor_work: int = strawberry.field(description="承包商作业。")


@strawberry.type(description="授权代承诺。The person named to promise instead of the head, and why.")
class Substitute:
    is_type_of = shows(forms.Substitute)

    reason: str = strawberry.field(description="代承诺的原因。")

    @strawberry.field(description="代承诺人的全局编号。")
    def person_id(root: strawberry.Parent[forms.Substitute]) -> strawberry.ID:
        return global_id("Person", root.person_id)  # Never None: such a form is refused.


@strawberry.type(description="承诺人。The enterprise's head, or a substitute with the reason.")
class Promiser:
    is_type_of = shows(DomainPromiser)

    name: str = strawberry.field(description="姓名。")
    standing_in: str = strawberry.field(description="授权代承诺的原因；主要负责人本人承诺时为空文本。")


@strawberry.type(description="承诺表。What the enterprise states.")
class CommitmentForm:
    is_type_of = shows(forms.CommitmentForm)

    status: ProductionStatus = strawberry.field(description="生产状态。")
    stoppage: Stoppage | None = strawberry.field(description="停产情况。")
    production: ProductionFigures | None = strawberry.field(description="生产情况。")
    wholesale: WholesaleFigures | None = strawberry.field(description="仓储情况。")
    hazardous_work: HazardousWork | None = strawberry.field(description="危险作业；自动上报未填报，为空。")
    duty_leader: str = strawberry.field(description="带班领导。")
    top_temperature: int | None = strawberry.field(description="最高气温（℃）。")
    storm_warning: bool | None = strawberry.field(description="是否有雷电或暴雨预警。")
    major_hazard: bool | None = strawberry.field(description="是否存在重大隐患；自动上报未填报，为空。")
    risk_grade: int | None = strawberry.field(description="风险等级，1高至4低；自动上报未研判，为空。")
    explanation: str = strawberry.field(description="情况说明。")
    supplement: str = strawberry.field(description="补充说明。")
    substitute: Substitute | None = strawberry.field(description="授权代承诺；主要负责人本人承诺时为空。")

    @strawberry.field(description="带班领导手机号码；企业本身可见全号，其他人已脱敏。")
    def duty_phone(root: strawberry.Parent[forms.CommitmentForm], info: AppInfo) -> str | None:
        if root.duty_phone is None:
            return None
        return root.duty_phone.text if info.context.actor.enterprise_id else root.duty_phone.masked


@strawberry.type(description="承诺的一个版本。One revision, complete in itself.")
class CommitmentReport:
    is_type_of = shows(Report)

    revision: int = strawberry.field(description="版本号，从1起。")
    origin: Origin = strawberry.field(description="来源。")
    late: bool = strawberry.field(description="是否逾期上报。")
    form: CommitmentForm = strawberry.field(description="承诺表。")
    text: str = strawberry.field(
        description="承诺内容，由系统按承诺表和自动数据生成。Kept as it was when the report was accepted."
    )
    promiser: Promiser = strawberry.field(description="承诺人。")
    excesses: list[Excess] = strawberry.field(description="超出核定的数据。")

    @strawberry.field(description="上报时间。")
    def reported_at(root: strawberry.Parent[Report]) -> datetime:
        return root.signed.at

    @strawberry.field(description="上报人。")
    def reported_by(root: strawberry.Parent[Report]) -> str:
        return root.signed.name

    @strawberry.field(graphql_type=list[Figure], description="上报当时的自动数据及其来源。")
    def figures(root: strawberry.Parent[Report]) -> Sequence[DomainFigure]:
        return figures(root.facts)


@strawberry.type(
    description="安全承诺。One per enterprise and day, from the duty to report to the last correction."
)
class Commitment(Node):
    is_type_of = shows(CommitmentRow)

    business_date: date = strawberry.field(description="承诺日期。")
    due_at: datetime = strawberry.field(description="上报时限；在此时刻之前上报为按时。")
    state: CommitmentState = strawberry.field(description="状态。")
    revision: int = strawberry.field(description="版本号；未上报时为0。")
    kind: EnterpriseKind = strawberry.field(description="企业类型（当日）。")
    status: ProductionStatus | None = strawberry.field(description="生产状态；未上报时为空。")
    origin: Origin | None = strawberry.field(description="来源；未上报时为空。")
    late: bool | None = strawberry.field(description="是否逾期；未上报时为空。")
    reported_at: datetime | None = strawberry.field(description="上报时间。")
    reported_by: str | None = strawberry.field(description="上报人。")
    risk_grade: int | None = strawberry.field(description="风险等级，1高至4低；未上报或自动上报时为空。")
    excess: bool | None = strawberry.field(description="是否有超出核定的数据。")
    stop_reason: StopReason | None = strawberry.field(description="停产原因。")
    reopened_at: datetime | None = strawberry.field(description="重新开放时间。")
    enterprise_name: str = strawberry.field(description="企业名称。")

    @strawberry.field(description="上报时限的最后一日，含当日。The last day that is in time.")
    def due_on(root: strawberry.Parent[CommitmentRow]) -> date:
        return last_day(root.due_at)

    @strawberry.field(
        description="上报时限的文字，如12月15日24:00。Show this instead of formatting the instant."
    )
    def due_text(root: strawberry.Parent[CommitmentRow], info: AppInfo) -> str:
        return due_text(root.due_at, info)

    @strawberry.field(graphql_type=Enterprise | None, description="企业。")
    def enterprise(root: strawberry.Parent[CommitmentRow], info: AppInfo) -> MaybeRow[EnterpriseRow]:
        return root.enterprise or info.context.loaders.enterprises.load(root.enterprise_id)

    @strawberry.field(graphql_type=Region | None, description="区域（当日）。")
    def region(root: strawberry.Parent[CommitmentRow], info: AppInfo) -> MaybeRow[RegionRow]:
        return root.region or info.context.loaders.regions.load(root.region_id)

    @strawberry.field(graphql_type=CommitmentReport | None, description="当前版本的全文；未上报时为空。")
    async def report(root: strawberry.Parent[CommitmentRow], info: AppInfo) -> Report | None:
        return await info.context.loaders.reports.load(root.id) if root.revision else None

    @strawberry.field(
        description="带班领导手机号码全号，部门和企业本身可见；未填报为空。"
        "Every reading by a department is audited: ask for it only to call somebody."
    )
    async def duty_phone_number(root: strawberry.Parent[CommitmentRow], info: AppInfo) -> str | None:
        return await info.context.loaders.duty_phone_numbers.load(root.id) if root.revision else None

    @strawberry.field(graphql_type=list[CommitmentReport], description="全部版本，新的在前。")
    async def versions(root: strawberry.Parent[CommitmentRow], info: AppInfo) -> Sequence[Report]:
        return await in_thread(info.context.app.commitments.versions, info.context.actor, root.id)

    @strawberry.field(
        description="您现在可以进行的操作。What this viewer may do now; clients repeat no rules."
    )
    def allowed_actions(root: strawberry.Parent[CommitmentRow], info: AppInfo) -> list[CommitmentAction]:
        return list(info.context.app.commitments.allowed_actions(info.context.actor, root))


@strawberry.type(
    description="今日预填的承诺表。Automatic figures with their sources; the rest from the last report."
)
class CommitmentPrefill:
    is_type_of = shows(DomainPrefill)

    form: CommitmentForm = strawberry.field(
        description="预填的内容，可修改；首次上报没有可沿用的数据，production和wholesale为空。"
    )
    text: str = strawberry.field(
        description="按预填内容生成的承诺内容。The answer of a report shows the text of what was reported."
    )
    promiser: str | None = strawberry.field(
        description="承诺人，即档案中的企业主要负责人；没有登记时为空，须指定代承诺人。"
    )
    figures: list[Figure] = strawberry.field(description="自动数据及其来源。")
    carried_from: date | None = strawberry.field(description="沿用哪一日的上报；首次上报为空。")
    suggested_grade: int = strawberry.field(description="建议的风险等级。")
    grade_reasons: list[str] = strawberry.field(description="建议的理由。")

    @strawberry.field(description="承诺日期。")
    def business_date(root: strawberry.Parent[DomainPrefill]) -> date:
        return root.facts.business_date

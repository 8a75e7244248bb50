"""GraphQL types and queries of settings: what is in force, who may set what, locks and history."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from ...application.directory.settings import PolicyView, SettingView
from ...application.ports.directory import RegionRow, SettingChangeOrder
from ...domain.directory.organisation import Level
from ...domain.policy import (
    MOST_NUMBERS,
    SETTING_NAMES,
    SETTINGS,
    SettingDirection,
    SettingForm,
    SettingKey,
    text_of,
)
from ...domain.policy import Policy as DomainPolicy
from ...domain.policy import Setting as DomainSetting
from ...domain.supervision import SettingChange as DomainChange
from ...domain.supervision import SettingChangeKind
from ...domain.supervision import SettingLock as DomainLock
from ...domain.values import RegionId
from ..context import AppInfo, in_thread
from ..parts.ids import region_of
from ..parts.node import shows
from ..parts.paging import Connection, CountablePage, page_of
from .types import Region


async def _region(info: AppInfo, id: RegionId) -> RegionRow | None:
    return await info.context.loaders.regions.load(id)


@strawberry.type(description="一项设置。One value, set for a region and everything below it, from a day on.")
class Setting:
    is_type_of = shows(DomainSetting)

    key: SettingKey = strawberry.field(description="参数。")
    value: str = strawberry.field(description="值。")
    effective_from: date = strawberry.field(description="生效日期。")
    authority: Level = strawberry.field(
        description="设置部门的层级。The level of the department that set it: a superior can set it for a region below."
    )

    @strawberry.field(description="参数的中文名称。")
    def name(root: strawberry.Parent[DomainSetting]) -> str:
        return SETTING_NAMES[root.key]

    @strawberry.field(graphql_type=Region, description="设置所在的区域。")
    async def region(root: strawberry.Parent[DomainSetting], info: AppInfo) -> RegionRow | None:
        return await _region(info, root.region_id)


@strawberry.type(description="参数锁定。Lower departments cannot set the value for this region or below.")
class SettingLock:
    is_type_of = shows(DomainLock)

    authority: Level = strawberry.field(description="锁定部门的层级；更低层级的部门不能另行设置。")
    department: str = strawberry.field(description="锁定的部门。")

    @strawberry.field(graphql_type=Region, description="锁定所在的区域，包括其下级。")
    async def region(root: strawberry.Parent[DomainLock], info: AppInfo) -> RegionRow | None:
        return await _region(info, root.region_id)

    @strawberry.field(description="锁定人。")
    def locked_by(root: strawberry.Parent[DomainLock]) -> str:
        return root.locked.name

    @strawberry.field(description="锁定时间。")
    def locked_at(root: strawberry.Parent[DomainLock]) -> datetime:
        return root.locked.at


@strawberry.type(description="参数值的范围。Both ends are included; a list must hold the `required` numbers.")
class SettingLimits:
    least: str = strawberry.field(description="最小或最早；列表为每个数的最小。")
    most: str = strawberry.field(description="最大或最晚；列表为每个数的最大。")
    required: list[int] = strawberry.field(description="列表必须包括的数；其他写法为空。")
    most_numbers: int = strawberry.field(description="最多几个数；不是列表时为1。")


@strawberry.type(
    description="一个参数：当前值、来源、锁定和可设置的范围。One setting, with all that a client needs to draw its form."
)
class PolicyItem:
    is_type_of = shows(SettingView)

    key: SettingKey = strawberry.field(description="参数。")
    lock: SettingLock | None = strawberry.field(description="由谁锁定；没有锁定时为空。")
    obstacle: str | None = strawberry.field(
        description="您不能设置的原因，可直接显示；可以设置时为空。Why the viewer cannot set it here."
    )

    @strawberry.field(description="参数的中文名称。")
    def name(root: strawberry.Parent[SettingView]) -> str:
        return SETTING_NAMES[root.key]

    @strawberry.field(description="今日生效的值。The value in force today, as it is written.")
    def value(root: strawberry.Parent[SettingView]) -> str:
        return text_of(root.in_force.value)

    @strawberry.field(description="初始值。The value where nobody has set one.")
    def starting_value(root: strawberry.Parent[SettingView]) -> str:
        return text_of(getattr(DomainPolicy(), root.key.value.lower()))

    @strawberry.field(graphql_type=Region | None, description="当前值来自哪个区域的设置；初始值为空。")
    async def source_region(root: strawberry.Parent[SettingView], info: AppInfo) -> RegionRow | None:
        source = root.in_force.setting
        return None if source is None else await _region(info, source.region_id)

    @strawberry.field(description="设置当前值的部门的层级；初始值为空。")
    def source_level(root: strawberry.Parent[SettingView]) -> Level | None:
        return None if root.in_force.setting is None else root.in_force.setting.authority

    @strawberry.field(description="当前值自哪日起生效；初始值为空。")
    def since(root: strawberry.Parent[SettingView]) -> date | None:
        return None if root.in_force.setting is None else root.in_force.setting.effective_from

    @strawberry.field(description="值的写法。")
    def form(root: strawberry.Parent[SettingView]) -> SettingForm:
        return SETTINGS[root.key].form

    @strawberry.field(description="下级可以怎样不同于上级。")
    def direction(root: strawberry.Parent[SettingView]) -> SettingDirection:
        return SETTINGS[root.key].direction

    @strawberry.field(description="可以设在哪些层级的区域。")
    def levels(root: strawberry.Parent[SettingView]) -> list[Level]:
        return list(SETTINGS[root.key].levels)

    @strawberry.field(description="任何人都不能超出的范围。The bounds for everybody.")
    def bounds(root: strawberry.Parent[SettingView]) -> SettingLimits:
        rule = SETTINGS[root.key]
        return _limits(root.key, text_of(rule.least), text_of(rule.most), [])

    @strawberry.field(description="您现在能否设置。")
    def may_set(root: strawberry.Parent[SettingView]) -> bool:
        return root.obstacle is None

    @strawberry.field(
        description="您设置时的范围，自明日起；不能设置时为空。The viewer's limits from tomorrow on, by what superiors have set."
    )
    def limits(root: strawberry.Parent[SettingView]) -> SettingLimits | None:
        if root.obstacle is not None:
            return None
        return _limits(root.key, text_of(root.least), text_of(root.most), list(root.required))


def _limits(key: SettingKey, least: str, most: str, required: list[int]) -> SettingLimits:
    numbers = MOST_NUMBERS if SETTINGS[key].form is SettingForm.NUMBERS else 1
    return SettingLimits(least=least, most=most, required=required, most_numbers=numbers)


@strawberry.type(
    description="当前生效的参数。The settings in force today: the strictest from the province down."
)
class Policy:
    commitment_deadline: str = strawberry.field(description="每日承诺上报时限，HH:MM。")
    reminder_stages: list[int] = strawberry.field(description="提醒阶段，时限后的分钟数。")
    push_first: str = strawberry.field(description="每日首次推送时间，HH:MM。")
    push_every_minutes: int = strawberry.field(description="后续推送间隔（分钟）。")
    push_until: str = strawberry.field(description="每日最后一次推送时间，HH:MM。")
    sms_quiet_from: str = strawberry.field(description="短信免打扰开始，HH:MM。")
    sms_quiet_until: str = strawberry.field(description="短信免打扰结束，HH:MM。")
    sms_daily_cap: int = strawberry.field(description="每个号码每日短信上限（条）。")
    settings: list[Setting] = strawberry.field(description="本区域及上级区域的全部设置，新的在前。")
    items: list[PolicyItem] = strawberry.field(
        description="全部参数，每项一条：当前值、来源、锁定、范围。Every setting once, in a fixed order."
    )


def _policy(view: PolicyView) -> Policy:
    policy = view.policy
    settings: list[Setting] = list(view.settings)  # type: ignore[arg-type]
    items: list[PolicyItem] = list(view.items)  # type: ignore[arg-type]
    return Policy(
        commitment_deadline=text_of(policy.commitment_deadline),
        reminder_stages=list(policy.reminder_stages),
        push_first=text_of(policy.push_first),
        push_every_minutes=policy.push_every_minutes,
        push_until=text_of(policy.push_until),
        sms_quiet_from=text_of(policy.sms_quiet_from),
        sms_quiet_until=text_of(policy.sms_quiet_until),
        sms_daily_cap=policy.sms_daily_cap,
        settings=settings,
        items=items,
    )


@strawberry.type(description="参数的一次变更。One entry of the history of settings.")
class SettingChange:
    is_type_of = shows(DomainChange)

    kind: SettingChangeKind = strawberry.field(description="做了什么。")
    key: SettingKey = strawberry.field(description="参数。")
    authority: Level = strawberry.field(description="变更部门的层级。")
    department: str = strawberry.field(description="变更的部门；系统自动变更时为空。")
    before: str = strawberry.field(description="变更前在该区域、该日生效的值。")
    after: str | None = strawberry.field(description="设置的值；锁定和解除锁定时为空。")
    effective_from: date | None = strawberry.field(description="生效日期；锁定和解除锁定立即生效，为空。")

    @strawberry.field(description="参数的中文名称。")
    def name(root: strawberry.Parent[DomainChange]) -> str:
        return SETTING_NAMES[root.key]

    @strawberry.field(graphql_type=Region, description="对哪个区域，包括其下级。")
    async def region(root: strawberry.Parent[DomainChange], info: AppInfo) -> RegionRow | None:
        return await _region(info, root.region_id)

    @strawberry.field(description="变更人。")
    def changed_by(root: strawberry.Parent[DomainChange]) -> str:
        return root.signed.name

    @strawberry.field(description="变更时间。")
    def changed_at(root: strawberry.Parent[DomainChange]) -> datetime:
        return root.signed.at


@strawberry.type
class PolicyQuery:
    @strawberry.field(description="一个区域当前生效的参数及其来历。")
    async def policy(self, info: AppInfo, region_id: strawberry.ID) -> Policy:
        read = info.context.app.settings.policy
        return _policy(await in_thread(read, info.context.actor, region_of(region_id, field="regionId")))

    @strawberry.field(
        graphql_type=Connection[SettingChange],
        description="参数的变更历史：约束该区域的，和其下级区域的。"
        "Seen by those whom it binds and by those above, by nobody beside.",
    )
    async def setting_changes(
        self,
        info: AppInfo,
        region_id: strawberry.ID,
        first: int,
        key: SettingKey | None = None,
        after: str | None = None,
        order_by: SettingChangeOrder = SettingChangeOrder.NEWEST,
    ) -> CountablePage[DomainChange]:
        read, actor = info.context.app.settings.changes, info.context.actor
        region, asked = region_of(region_id, field="regionId"), page_of(info, first, after, order_by)
        page = await in_thread(read, actor, region, key, asked, order_by)
        return CountablePage(page, order=order_by)

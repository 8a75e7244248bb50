"""GraphQL mutations of the directory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import strawberry

from ...application.directory import directory as application
from ...application.directory import settings
from ...application.directory.shutdowns import CancelShutdownPeriod, SaveShutdownPeriod
from ...domain.directory import enterprise as enterprises
from ...domain.directory.certificate import CertificateKind, Trade
from ...domain.directory.enterprise import EnterpriseKind, StopReason
from ...domain.directory.organisation import Level, Role
from ...domain.policy import SettingKey
from ...domain.values import CertificateId, DepartmentId, EnterpriseId, PersonId, RegionId, ShutdownPeriodId
from ..context import AppInfo, RequestContext, in_thread
from ..parts.forms import form_mutation
from ..parts.ids import any_region, any_uuid, global_id, uuid_of
from ..parts.node import Node
from ..parts.refusals import Refusal, answer, attempt
from .fields import look_up

Id = TypeVar("Id")


@strawberry.type(description="档案已保存。The entry as it stands now.")
class DirectorySaved:
    id: strawberry.ID = strawberry.field(description="全局编号。")

    @strawberry.field(graphql_type=Node | None, description="保存后的对象。")
    async def node(self, info: AppInfo) -> object | None:
        return await look_up(info.context, self.id)


@strawberry.input(description="工房。")
class WorkshopInput:
    number: str = strawberry.field(description="编号。")
    name: str = strawberry.field(description="名称。")
    powder: bool = strawberry.field(description="是否涉药。")
    approved_persons: int = strawberry.field(description="核定人数。")
    approved_powder_kg: Decimal = strawberry.field(description="核定药量（千克），非涉药工房为0。")


@strawberry.input(description="仓库。")
class WarehouseInput:
    number: str = strawberry.field(description="编号。")
    name: str = strawberry.field(description="名称。")
    approved_boxes: Decimal = strawberry.field(description="核定箱数。")
    approved_kg: Decimal = strawberry.field(description="核定存量（千克）。")
    approved_persons: int = strawberry.field(description="核定人数。")


@strawberry.input(description="停产期针对谁：一家企业，或一个区域。", one_of=True)
class ShutdownTargetInput:
    enterprise_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="企业。")
    region_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="区域，包括其下级。"
    )


@strawberry.input(description="人员属于谁：一个部门，或一家企业。", one_of=True)
class EmployerInput:
    department_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="部门。")
    enterprise_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="企业。")


def _maybe(kind: Callable[[Any], Id], type_name: str, raw: object) -> Id | None:
    return kind(any_uuid(type_name, raw)) if isinstance(raw, str) else None


def _region(raw: object) -> RegionId | None:
    return any_region(raw) if isinstance(raw, str) else None


async def _save(
    context: RequestContext,
    type_name: str,
    call: Callable[..., Any],
    command: Callable[[], object],
    key: str | None,
) -> DirectorySaved | Refusal:
    """Build the command, run the use case, return the global id. A wrong id becomes one that the use case does not find."""

    async def act() -> DirectorySaved:
        id = await in_thread(call, context.actor, command(), key=key)
        return DirectorySaved(id=global_id(type_name, id))

    return await attempt(act)


DirectoryAnswer = answer("DirectoryAnswer", DirectorySaved)


@strawberry.type
class DirectoryMutation:
    @form_mutation(graphql_type=DirectoryAnswer, description="新增或更改区域。")
    async def save_region(
        self,
        info: AppInfo,
        code: str,
        name: str,
        level: Level,
        parent_id: strawberry.ID | None = None,
        local: bool = False,
        gb_code: str | None = None,
        client_mutation_key: str | None = None,
    ) -> DirectorySaved | Refusal:
        def command() -> object:
            return application.SaveRegion(code, name, level, _region(parent_id), local, gb_code)

        return await _save(
            info.context, "Region", info.context.app.directory.save_region, command, client_mutation_key
        )

    @form_mutation(graphql_type=DirectoryAnswer, description="新增或更改部门。")
    async def save_department(
        self,
        info: AppInfo,
        name: str,
        level: Level,
        jurisdiction: list[strawberry.ID],
        id: strawberry.ID | None = None,
        parent_id: strawberry.ID | None = None,
        client_mutation_key: str | None = None,
    ) -> DirectorySaved | Refusal:
        def command() -> object:
            return application.SaveDepartment(
                id=_maybe(DepartmentId, "Department", id),
                name=name,
                level=level,
                parent_id=_maybe(DepartmentId, "Department", parent_id),
                jurisdiction=frozenset(any_region(raw) for raw in jurisdiction),
            )

        save = info.context.app.directory.save_department
        return await _save(info.context, "Department", save, command, client_mutation_key)

    @form_mutation(graphql_type=DirectoryAnswer, description="新增或更改人员；所属单位不能更改。")
    async def save_person(
        self,
        info: AppInfo,
        name: str,
        phone: str,
        role: Role,
        employer: EmployerInput,
        id: strawberry.ID | None = None,
        active: bool = True,
        client_mutation_key: str | None = None,
    ) -> DirectorySaved | Refusal:
        def command() -> object:
            return application.SavePerson(
                id=_maybe(PersonId, "Person", id),
                name=name,
                phone=phone,
                role=role,
                department_id=_maybe(DepartmentId, "Department", employer.department_id),
                enterprise_id=_maybe(EnterpriseId, "Enterprise", employer.enterprise_id),
                active=active,
            )

        return await _save(
            info.context, "Person", info.context.app.directory.save_person, command, client_mutation_key
        )

    @form_mutation(graphql_type=DirectoryAnswer, description="新增或更改企业，连同全部工房和仓库。")
    async def save_enterprise(
        self,
        info: AppInfo,
        credit_code: str,
        name: str,
        kind: EnterpriseKind,
        region_id: strawberry.ID,
        address: str,
        workshops: list[WorkshopInput],
        warehouses: list[WarehouseInput],
        id: strawberry.ID | None = None,
        active: bool = True,
        client_mutation_key: str | None = None,
    ) -> DirectorySaved | Refusal:
        def command() -> object:
            return application.SaveEnterprise(
                id=_maybe(EnterpriseId, "Enterprise", id),
                credit_code=credit_code,
                name=name,
                kind=kind,
                region_id=any_region(region_id),
                address=address,
                workshops=tuple(enterprises.WorkshopForm(**vars(given)) for given in workshops),
                warehouses=tuple(enterprises.WarehouseForm(**vars(given)) for given in warehouses),
                active=active,
            )

        save = info.context.app.directory.save_enterprise
        return await _save(info.context, "Enterprise", save, command, client_mutation_key)

    @form_mutation(graphql_type=DirectoryAnswer, description="新增或更改证书；延期换证请新增一张。")
    async def save_certificate(
        self,
        info: AppInfo,
        kind: CertificateKind,
        number: str,
        enterprise_id: strawberry.ID,
        issued_on: date,
        expires_on: date,
        review_due_on: date | None = None,
        trade: Trade | None = None,
        person_id: strawberry.ID | None = None,
        id: strawberry.ID | None = None,
        client_mutation_key: str | None = None,
    ) -> DirectorySaved | Refusal:
        def command() -> object:
            return application.SaveCertificate(
                id=_maybe(CertificateId, "Certificate", id),
                kind=kind,
                number=number,
                enterprise_id=EnterpriseId(any_uuid("Enterprise", enterprise_id)),
                person_id=_maybe(PersonId, "Person", person_id),
                issued_on=issued_on,
                expires_on=expires_on,
                review_due_on=review_due_on,
                trade=trade,
            )

        save = info.context.app.directory.save_certificate
        return await _save(info.context, "Certificate", save, command, client_mutation_key)

    @form_mutation(graphql_type=DirectoryAnswer, description="新增或更改停产期。")
    async def save_shutdown_period(
        self,
        info: AppInfo,
        target: ShutdownTargetInput,
        first_day: date,
        last_day: date,
        reason: StopReason,
        kind: EnterpriseKind | None = None,
        note: str = "",
        id: strawberry.ID | None = None,
        client_mutation_key: str | None = None,
    ) -> DirectorySaved | Refusal:
        def command() -> object:
            return SaveShutdownPeriod(
                id=_maybe(ShutdownPeriodId, "ShutdownPeriod", id),
                enterprise_id=_maybe(EnterpriseId, "Enterprise", target.enterprise_id),
                region_id=_region(target.region_id),
                kind=kind,
                first_day=first_day,
                last_day=last_day,
                reason=reason,
                note=note,
            )

        save = info.context.app.shutdowns.save
        return await _save(info.context, "ShutdownPeriod", save, command, client_mutation_key)

    @form_mutation(
        graphql_type=DirectoryAnswer,
        description="取消停产期；已自动上报的不受影响。`reason` 取消企业自行申报的停产期时必填，2至200字。",
    )
    async def cancel_shutdown_period(
        self, info: AppInfo, id: strawberry.ID, reason: str = "", client_mutation_key: str | None = None
    ) -> DirectorySaved | Refusal:
        async def act() -> DirectorySaved:
            cancel, actor = info.context.app.shutdowns.cancel, info.context.actor
            period = ShutdownPeriodId(uuid_of("ShutdownPeriod", id, field="id"))
            command = CancelShutdownPeriod(period, reason)
            await in_thread(cancel, actor, command, key=client_mutation_key)
            return DirectorySaved(id=id)

        return await attempt(act)

    @form_mutation(graphql_type=DirectoryAnswer, description="设置参数，自今后某日起生效。")
    async def set_setting(
        self,
        info: AppInfo,
        region_id: strawberry.ID,
        key: SettingKey,
        value: str,
        effective_from: date,
        client_mutation_key: str | None = None,
    ) -> DirectorySaved | Refusal:
        def command() -> object:
            return settings.SetSetting(any_region(region_id), key, value, effective_from)

        return await _save(
            info.context, "Setting", info.context.app.settings.set, command, client_mutation_key
        )

    @form_mutation(
        graphql_type=DirectoryAnswer,
        description="锁定参数，立即生效：更低层级的部门不能对该区域及其下级另行设置。Values already set below stay.",
    )
    async def lock_setting(
        self,
        info: AppInfo,
        region_id: strawberry.ID,
        key: SettingKey,
        client_mutation_key: str | None = None,
    ) -> DirectorySaved | Refusal:
        def command() -> object:
            return settings.LockSetting(any_region(region_id), key)

        return await _save(
            info.context, "SettingLock", info.context.app.settings.lock, command, client_mutation_key
        )

    @form_mutation(graphql_type=DirectoryAnswer, description="解除参数锁定；上级的锁定只能由上级解除。")
    async def unlock_setting(
        self,
        info: AppInfo,
        region_id: strawberry.ID,
        key: SettingKey,
        client_mutation_key: str | None = None,
    ) -> DirectorySaved | Refusal:
        def command() -> object:
            return settings.UnlockSetting(any_region(region_id), key)

        return await _save(
            info.context, "SettingLock", info.context.app.settings.unlock, command, client_mutation_key
        )

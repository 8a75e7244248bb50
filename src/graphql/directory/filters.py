"""Inputs that filter the lists of the directory, and their conversion to the application's filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar
from uuid import UUID

import strawberry

from ...application.ports.directory import (
    CertificateFilter,
    DepartmentFilter,
    EnterpriseFilter,
    PersonFilter,
)
from ...domain.directory.certificate import CertificateKind, Trade
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.directory.organisation import Level, Role
from ...domain.values import DepartmentId, EnterpriseId, PersonId, RegionId, parse_text
from ..parts.ids import region_of, uuid_of

Id = TypeVar("Id")


@strawberry.input(description="企业查询条件。")
class EnterpriseFilterInput:
    text: str | None = strawberry.field(default=None, description="名称或信用代码中的文字。")
    region_id: strawberry.ID | None = strawberry.field(default=None, description="区域，包括其下级。")
    kinds: list[EnterpriseKind] = strawberry.field(default_factory=list, description="企业类型。")
    active: bool | None = strawberry.field(default=True, description="true仅在册，false仅停用，空为全部。")


@strawberry.input(description="部门查询条件；不填即不限。")
class DepartmentFilterInput:
    text: str | None = strawberry.field(default=None, description="名称中的文字。")
    level: Level | None = strawberry.field(default=None, description="层级。")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="直接上级部门。")
    region_id: strawberry.ID | None = strawberry.field(
        default=None, description="管辖该区域或其下级区域的部门。"
    )


@strawberry.input(description="人员查询条件；不填即不限。")
class PersonFilterInput:
    text: str | None = strawberry.field(default=None, description="姓名中的文字。")
    roles: list[Role] = strawberry.field(default_factory=list, description="角色。")
    department_id: strawberry.ID | None = strawberry.field(default=None, description="所属部门。")
    enterprise_id: strawberry.ID | None = strawberry.field(default=None, description="所属企业。")
    region_id: strawberry.ID | None = strawberry.field(
        default=None, description="所属企业所在的、所属部门管辖的区域，包括其下级。"
    )
    active: bool | None = strawberry.field(default=True, description="true仅在岗，false仅离岗，空为全部。")


@strawberry.input(description="证书查询条件；不填即不限。Both days are included.")
class CertificateFilterInput:
    kinds: list[CertificateKind] = strawberry.field(default_factory=list, description="种类。")
    trades: list[Trade] = strawberry.field(
        default_factory=list, description="作业类别，只用于特种作业操作证。"
    )
    enterprise_id: strawberry.ID | None = strawberry.field(default=None, description="企业。")
    person_id: strawberry.ID | None = strawberry.field(default=None, description="持证人。")
    region_id: strawberry.ID | None = strawberry.field(default=None, description="区域，包括其下级。")
    first_expiry: date | None = strawberry.field(default=None, description="到期日自（含）。")
    last_expiry: date | None = strawberry.field(default=None, description="到期日至（含）。")
    first_review: date | None = strawberry.field(default=None, description="复审到期日自（含）。")
    last_review: date | None = strawberry.field(default=None, description="复审到期日至（含）。")
    text: str | None = strawberry.field(default=None, description="证书编号或企业名称中的文字。")
    renewed: bool = strawberry.field(
        default=False, description="是否包括已有更晚到期的同种证书（同一企业、同一持证人）的旧证书。"
    )


def to_enterprises(given: EnterpriseFilterInput | None) -> EnterpriseFilter:
    given = given or EnterpriseFilterInput()
    return EnterpriseFilter(
        text=_text(given.text),
        region_id=_region(given.region_id),
        kinds=tuple(given.kinds),
        active=given.active,
    )


def to_departments(given: DepartmentFilterInput | None) -> DepartmentFilter:
    given = given or DepartmentFilterInput()
    return DepartmentFilter(
        text=_text(given.text),
        levels=() if given.level is None else (given.level,),
        parent_id=_maybe(DepartmentId, "Department", given.parent_id, "parentId"),
        region_id=_region(given.region_id),
    )


def to_people(given: PersonFilterInput | None) -> PersonFilter:
    given = given or PersonFilterInput()
    return PersonFilter(
        text=_text(given.text),
        roles=tuple(given.roles),
        department_id=_maybe(DepartmentId, "Department", given.department_id, "departmentId"),
        enterprise_id=_maybe(EnterpriseId, "Enterprise", given.enterprise_id, "enterpriseId"),
        region_id=_region(given.region_id),
        active=given.active,
    )


def to_certificates(given: CertificateFilterInput | None) -> CertificateFilter:
    given = given or CertificateFilterInput()
    return CertificateFilter(
        kinds=tuple(given.kinds),
        trades=tuple(given.trades),
        enterprise_id=_maybe(EnterpriseId, "Enterprise", given.enterprise_id, "enterpriseId"),
        person_id=_maybe(PersonId, "Person", given.person_id, "personId"),
        region_id=_region(given.region_id),
        first_expiry=given.first_expiry,
        last_expiry=given.last_expiry,
        first_review=given.first_review,
        last_review=given.last_review,
        text=_text(given.text),
        renewed=given.renewed,
    )


def _text(given: str | None) -> str | None:
    return (given and parse_text(given, what="查询文字", field="text", longest=50, shortest=0)) or None


def _maybe(kind: Callable[[UUID], Id], type_name: str, given: strawberry.ID | None, field: str) -> Id | None:
    return None if given is None else kind(uuid_of(type_name, given, field=field))


def _region(given: strawberry.ID | None) -> RegionId | None:
    return None if given is None else region_of(given, field="regionId")

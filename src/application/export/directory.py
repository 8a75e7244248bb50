"""The directory as tables: enterprises, certificates, shutdown periods, departments and people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from ...domain.deadlines import business_date
from ...domain.directory.certificate import CERTIFICATE_NAMES, TRADE_NAMES
from ...domain.directory.enterprise import KIND_NAMES, STOP_REASON_NAMES
from ...domain.directory.organisation import LEVEL_NAMES, ROLE_NAMES
from ...domain.directory.shutdown import PERIOD_SOURCE_NAMES, ShutdownPeriod
from ...domain.values import Phone
from ..access import Actor, Permission, may
from ..directory.browsing import Browsing
from ..ports.directory import (
    CertificateFilter,
    CertificateRow,
    DepartmentFilter,
    DepartmentRow,
    EnterpriseFilter,
    EnterpriseRow,
    PersonFilter,
    PersonRow,
    ShutdownPeriodFilter,
)
from ..ports.readers import Readers
from ..ports.workbook import Cell, CellKind, Column
from .listing import Cells, Listing
from .places import PLACE, Places

_ENTERPRISE_COLUMNS: Final = (
    Column("企业名称", CellKind.TEXT, 24),
    Column("统一社会信用代码", CellKind.TEXT, 20),
    Column("类型", CellKind.TEXT, 9),
    *PLACE,
    Column("地址", CellKind.TEXT, 26),
    Column("在册", CellKind.TEXT, 5),
    Column("工房", CellKind.INTEGER, 7, "设施总数", total=True),
    Column("涉药工房", CellKind.INTEGER, 7, "设施总数", total=True),
    Column("仓库", CellKind.INTEGER, 7, "设施总数", total=True),
    Column("人数", CellKind.INTEGER, 8, "核定", total=True),
    Column("药量（千克）", CellKind.DECIMAL, 10, "核定", total=True),
    Column("箱数", CellKind.DECIMAL, 10, "核定", total=True),
    Column("存量（千克）", CellKind.DECIMAL, 11, "核定", total=True),
    Column("档案更新时间", CellKind.TIME, 16),
)
_CERTIFICATE_COLUMNS: Final = (
    Column("证书种类", CellKind.TEXT, 18),
    Column("证书编号", CellKind.TEXT, 26),
    Column("作业类别", CellKind.TEXT, 12),
    Column("企业名称", CellKind.TEXT, 24),
    Column("持证人", CellKind.TEXT, 10),
    *PLACE,
    Column("发证日期", CellKind.DATE, 11),
    Column("有效期至", CellKind.DATE, 11),
    Column("距届满天数", CellKind.INTEGER, 9),
    Column("复审到期日", CellKind.DATE, 11),
    Column("距复审天数", CellKind.INTEGER, 9),
)
_SHUTDOWN_COLUMNS: Final = (
    Column("企业或区域", CellKind.TEXT, 22),
    Column("限定类型", CellKind.TEXT, 9),
    *PLACE,
    Column("开始日期", CellKind.DATE, 11, "停产期"),
    Column("结束日期", CellKind.DATE, 11, "停产期"),
    Column("天数", CellKind.INTEGER, 6, "停产期"),
    Column("原因", CellKind.TEXT, 10),
    Column("说明", CellKind.TEXT, 20),
    Column("来源", CellKind.TEXT, 10, "登记"),
    Column("登记部门、申报人", CellKind.TEXT, 16, "登记"),
    Column("时间", CellKind.TIME, 16, "登记"),
    Column("状态", CellKind.TEXT, 8),
    Column("取消单位、取消人", CellKind.TEXT, 16, "取消"),
    Column("时间", CellKind.TIME, 16, "取消"),
    Column("原因", CellKind.TEXT, 18, "取消"),
)
_DEPARTMENT_COLUMNS: Final = (
    Column("部门名称", CellKind.TEXT, 34),
    Column("层级", CellKind.TEXT, 8),
    Column("上级部门", CellKind.TEXT, 34),
    Column("管辖区域", CellKind.TEXT, 40),
)
_PERSON_COLUMNS: Final = (
    Column("姓名", CellKind.TEXT, 12),
    Column("角色", CellKind.TEXT, 16),
    Column("所属部门或企业", CellKind.TEXT, 36),
    *PLACE,
    Column("手机号码", CellKind.TEXT, 15),
    Column("在岗", CellKind.TEXT, 7),
)


def list_enterprises(browsing: Browsing, readers: Readers) -> Listing[EnterpriseFilter, EnterpriseRow]:
    """The listing of enterprises with their totals."""

    def begin(actor: Actor, at: datetime) -> Cells[EnterpriseRow]:
        places = Places(readers.directory)

        def cells(rows: Sequence[EnterpriseRow]) -> Iterator[Sequence[Cell]]:
            for row in rows:
                yield (
                    row.name,
                    row.credit_code,
                    KIND_NAMES[row.kind],
                    *places.place(row.region_id),
                    row.address,
                    "是" if row.active else "否",
                    row.workshops_total,
                    row.powder_workshops_total,
                    row.warehouses_total,
                    row.approved_persons,
                    row.approved_powder_kg,
                    row.approved_boxes,
                    row.approved_stock_kg,
                    row.updated_at,
                )

        return cells

    return Listing(
        EnterpriseFilter,
        _ENTERPRISE_COLUMNS,
        "家企业",
        browsing.enterprise_count,
        browsing.enterprise_page,
        begin,
    )


def list_certificates(browsing: Browsing, readers: Readers) -> Listing[CertificateFilter, CertificateRow]:
    """The listing of certificates; days are counted from the day of the export, and negative once over."""

    def begin(actor: Actor, at: datetime) -> Cells[CertificateRow]:
        places, today = Places(readers.directory), business_date(at)

        def cells(rows: Sequence[CertificateRow]) -> Iterator[Sequence[Cell]]:
            enterprises = browsing.enterprises(actor, list({row.enterprise_id for row in rows}))
            holders = {row.person_id for row in rows if row.person_id is not None}
            people = browsing.people(actor, list(holders)) if holders else {}
            for row in rows:
                enterprise = enterprises.get(row.enterprise_id)
                holder = None if row.person_id is None else people.get(row.person_id)
                review = row.review_due_on
                yield (
                    CERTIFICATE_NAMES[row.kind],
                    row.number,
                    None if row.trade is None else TRADE_NAMES[row.trade],
                    None if enterprise is None else enterprise.name,
                    None if holder is None else holder.name,
                    *places.place(row.region_id),
                    row.issued_on,
                    row.expires_on,
                    (row.expires_on - today).days,
                    review,
                    None if review is None else (review - today).days,
                )

        return cells

    return Listing(
        CertificateFilter,
        _CERTIFICATE_COLUMNS,
        "份证书",
        browsing.certificate_count,
        browsing.certificate_page,
        begin,
    )


def list_shutdown_periods(
    browsing: Browsing, readers: Readers
) -> Listing[ShutdownPeriodFilter, ShutdownPeriod]:
    """The listing of shutdown periods, cancelled ones included."""

    def begin(actor: Actor, at: datetime) -> Cells[ShutdownPeriod]:
        places = Places(readers.directory)

        def cells(periods: Sequence[ShutdownPeriod]) -> Iterator[Sequence[Cell]]:
            ids = {period.enterprise_id for period in periods if period.enterprise_id is not None}
            enterprises = browsing.enterprises(actor, list(ids)) if ids else {}
            for period in periods:
                id = period.enterprise_id
                yield _shutdown(period, None if id is None else enterprises.get(id), places)

        return cells

    return Listing(
        ShutdownPeriodFilter,
        _SHUTDOWN_COLUMNS,
        "个停产期",
        browsing.shutdown_count,
        browsing.shutdown_page,
        begin,
    )


def _shutdown(period: ShutdownPeriod, enterprise: EnterpriseRow | None, places: Places) -> Sequence[Cell]:
    region = period.region_id if enterprise is None else enterprise.region_id
    name = enterprise.name if enterprise is not None else None if region is None else places.name(region)
    registered, cancelled = period.registered, period.cancellation
    return (
        name,
        None if period.kind is None else KIND_NAMES[period.kind],
        *places.place(region),
        period.first_day,
        period.last_day,
        (period.last_day - period.first_day).days + 1,
        STOP_REASON_NAMES[period.reason],
        period.note,
        PERIOD_SOURCE_NAMES[period.source],
        period.registrar,
        None if registered is None else registered.signed.at,
        "已取消" if period.cancelled else "有效",
        None if cancelled is None else cancelled.by.department or cancelled.by.signed.name,
        None if cancelled is None else cancelled.by.signed.at,
        None if cancelled is None else cancelled.reason,
    )


def list_departments(browsing: Browsing, readers: Readers) -> Listing[DepartmentFilter, DepartmentRow]:
    """The listing of departments; a superior outside the actor's scope is not named."""

    def begin(actor: Actor, at: datetime) -> Cells[DepartmentRow]:
        places = Places(readers.directory)

        def cells(rows: Sequence[DepartmentRow]) -> Iterator[Sequence[Cell]]:
            ids = {row.parent_id for row in rows if row.parent_id is not None}
            parents = browsing.departments(actor, list(ids)) if ids else {}
            for row in rows:
                parent = None if row.parent_id is None else parents.get(row.parent_id)
                yield (
                    row.name,
                    LEVEL_NAMES[row.level],
                    None if parent is None else parent.name,
                    "、".join(map(places.name, row.jurisdiction)),
                )

        return cells

    return Listing(
        DepartmentFilter,
        _DEPARTMENT_COLUMNS,
        "个部门",
        browsing.department_count,
        browsing.department_page,
        begin,
    )


def list_people(browsing: Browsing, readers: Readers) -> Listing[PersonFilter, PersonRow]:
    """The listing of people; phone numbers are masked as in the API, where only one's own is shown in full."""

    def begin(actor: Actor, at: datetime) -> Cells[PersonRow]:
        places = Places(readers.directory)

        def cells(rows: Sequence[PersonRow]) -> Iterator[Sequence[Cell]]:
            names = _employers(browsing, actor, rows)
            for row in rows:
                yield (
                    row.name,
                    ROLE_NAMES[row.role],
                    names.get(row.department_id or row.enterprise_id),
                    *places.place(row.region_id),
                    row.phone if row.id == actor.person_id else Phone(row.phone).masked,
                    "是" if row.active else "否",
                )

        return cells

    return Listing(PersonFilter, _PERSON_COLUMNS, "人", browsing.person_count, browsing.person_page, begin)


def _employers(browsing: Browsing, actor: Actor, rows: Sequence[PersonRow]) -> dict[object, str]:
    """The names of the departments and enterprises of these people, by id; two reads at most."""
    departments = list({row.department_id for row in rows if row.department_id is not None})
    enterprises = list({row.enterprise_id for row in rows if row.enterprise_id is not None})
    names: dict[object, str] = {}
    if departments:
        names |= {id: row.name for id, row in browsing.departments(actor, departments).items()}
    if enterprises and may(actor, Permission.READ_DIRECTORY):  # Administrators see no enterprise.
        names |= {id: row.name for id, row in browsing.enterprises(actor, enterprises).items()}
    return names

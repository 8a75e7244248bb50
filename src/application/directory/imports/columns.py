"""What can be imported: five kinds of directory entries, their sheets, and the columns of each sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final, Literal

from ....domain.directory.certificate import CERTIFICATE_NAMES, TRADE_NAMES
from ....domain.directory.enterprise import KIND_NAMES, STOP_REASON_NAMES
from ....domain.directory.organisation import LEVEL_NAMES, ROLE_NAMES


class ImportKind(Enum):
    """The kinds of directory entries that can be imported."""

    ENTERPRISES = "enterprises"
    DEPARTMENTS = "departments"
    PEOPLE = "people"
    CERTIFICATES = "certificates"
    SHUTDOWN_PERIODS = "shutdown-periods"


IMPORT_NAMES: Final = {
    ImportKind.ENTERPRISES: "企业",
    ImportKind.DEPARTMENTS: "部门",
    ImportKind.PEOPLE: "人员",
    ImportKind.CERTIFICATES: "证书",
    ImportKind.SHUTDOWN_PERIODS: "停产期",
}


Form = Literal["TEXT", "DATE", "COUNT", "AMOUNT", "CHOICE"]
"""How a cell is read. TEXT covers codes and phone numbers: a number cell gives its digits."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `fields` are the domain's names for it: a refusal that names one is shown at this column.

    A required column must be there and be filled in every row. Other columns may be missing or empty: an
    existing entry then keeps its value, a new entry gets the default.
    """

    header: str
    meaning: str
    example: str
    form: Form = "TEXT"
    required: bool = False
    choices: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetForm:
    """A sheet and its columns."""

    name: str
    columns: tuple[Column, ...]

    def column(self, header: str) -> Column:
        return next(column for column in self.columns if column.header == header)


def _by_name(names: Iterable[tuple[object, str]]) -> Mapping[str, object]:
    return MappingProxyType({name: value for value, name in names})


KINDS: Final = _by_name(KIND_NAMES.items())
LEVELS: Final = _by_name(LEVEL_NAMES.items())
ROLES: Final = _by_name(ROLE_NAMES.items())
CERTIFICATES: Final = _by_name(CERTIFICATE_NAMES.items())
TRADES: Final = _by_name(TRADE_NAMES.items())
REASONS: Final = _by_name(STOP_REASON_NAMES.items())
YES_NO: Final[Mapping[str, object]] = MappingProxyType({"是": True, "否": False})

CREDIT_CODE: Final = "统一社会信用代码"


def _credit_code(meaning: str, *, required: bool = True) -> Column:
    fields = ("creditCode", "enterpriseId")
    return Column(CREDIT_CODE, meaning, "91610526MAXX0YTN2A", required=required, fields=fields)


ENTERPRISE_SHEET: Final = SheetForm(
    "企业",
    (
        _credit_code("18位；已有的企业按此代码更新，不会重复新增"),
        Column("企业名称", "营业执照上的全称", "蒲城县红光烟花爆竹有限公司", required=True, fields=("name",)),
        Column("企业类型", "生产或批发", "生产企业", "CHOICE", True, KINDS, ("kind",)),
        Column("区域代码", "所在县（区）的6位行政区划代码", "610526", required=True, fields=("regionId",)),
        Column("地址", "生产经营地址", "陕西省渭南市蒲城县前进村13号", required=True, fields=("address",)),
        Column(
            "状态",
            "关闭的企业不再每日承诺；新增时默认为在业",
            "在业",
            "CHOICE",
            choices=MappingProxyType({"在业": True, "关闭": False}),
        ),
    ),
)
WORKSHOP_SHEET: Final = SheetForm(
    "工房",
    (
        _credit_code("所属企业；应在“企业”表中或已在系统中"),
        Column("工房编号", "同一企业内不重复；按编号更新", "01", required=True, fields=("number",)),
        Column("工房名称", "", "混药工房", required=True, fields=("name",)),
        Column("是否涉药", "", "是", "CHOICE", True, YES_NO, ("powder",)),
        Column("核定人数", "人", "2", "COUNT", True, fields=("approvedPersons",)),
        Column("核定药量（千克）", "非涉药工房为0或空", "5", "AMOUNT", fields=("approvedPowderKg",)),
    ),
)
WAREHOUSE_SHEET: Final = SheetForm(
    "仓库",
    (
        _credit_code("所属企业；应在“企业”表中或已在系统中"),
        Column("仓库编号", "同一企业内不重复；按编号更新", "K1", required=True, fields=("number",)),
        Column("仓库名称", "", "1号成品仓库", required=True, fields=("name",)),
        Column("核定箱数", "箱", "2000", "AMOUNT", True, fields=("approvedBoxes",)),
        Column("核定存量（千克）", "", "20000", "AMOUNT", True, fields=("approvedKg",)),
        Column("核定人数", "人", "4", "COUNT", True, fields=("approvedPersons",)),
    ),
)
DEPARTMENT_SHEET: Final = SheetForm(
    "部门",
    (
        Column("部门名称", "全称；已有的部门按名称更新", "蒲城县应急管理局", required=True, fields=("name",)),
        Column("级别", "", "县级", "CHOICE", True, LEVELS, ("level",)),
        Column(
            "上级部门",
            "上级部门的全称，应在本表中或已在系统中；省级部门为空",
            "渭南市应急管理局",
            fields=("parentId",),
        ),
        Column(
            "管辖区域代码",
            "一个或多个6位行政区划代码，用顿号分隔",
            "610526",
            required=True,
            fields=("jurisdiction", "regionCode"),
        ),
    ),
)
PEOPLE_SHEET: Final = SheetForm(
    "人员",
    (
        Column("姓名", "同一单位内按姓名和手机号码更新", "张三", required=True, fields=("name",)),
        Column("手机号码", "11位", "16000000001", required=True, fields=("phone",)),
        Column("角色", "", "企业主要负责人", "CHOICE", True, ROLES, ("role",)),
        Column(
            "所属部门",
            "部门全称；与所属企业二者填一",
            "",
            fields=("departmentId",),
        ),
        Column("所属企业代码", "企业的统一社会信用代码", "91610526MAXX0YTN2A", fields=("creditCode",)),
        Column(
            "状态",
            "新增时默认为在岗",
            "在岗",
            "CHOICE",
            choices=MappingProxyType({"在岗": True, "离岗": False}),
        ),
    ),
)
CERTIFICATE_SHEET: Final = SheetForm(
    "证书",
    (
        _credit_code("持证企业，或持证人所在企业"),
        Column("证书类型", "", "安全生产许可证", "CHOICE", True, CERTIFICATES, ("kind",)),
        Column(
            "证书编号",
            "同一企业内按证书类型、编号和作业类别更新；与常见格式不同时仅提示",
            "(陕)YH安许证字〔2026〕000123",
            required=True,
            fields=("number",),
        ),
        Column("持证人姓名", "人员证书填写；该人员应已在系统中", "", fields=("personId",)),
        Column("持证人手机号码", "与持证人姓名同时填写", "", fields=("phone",)),
        Column("发证日期", "", "2026-03-01", "DATE", True, fields=("issuedOn",)),
        Column("有效期至", "当日仍有效", "2029-02-28", "DATE", True, fields=("expiresOn",)),
        Column("复审日期", "特种作业操作证的复审到期日", "", "DATE", fields=("reviewDueOn",)),
        Column(
            "作业类别",
            "特种作业操作证填写；不同作业类别的操作证分别提醒到期",
            "",
            "CHOICE",
            choices=TRADES,
            fields=("trade",),
        ),
    ),
)
SHUTDOWN_SHEET: Final = SheetForm(
    "停产期",
    (
        _credit_code("停产的企业；与区域代码二者填一", required=False),
        Column("区域代码", "整个区域停产时填写6位行政区划代码", "", fields=("regionId", "regionCode")),
        Column("适用企业类型", "仅用于区域；空表示全部", "", "CHOICE", choices=KINDS, fields=("kind",)),
        Column("开始日期", "含当日", "2026-12-01", "DATE", True, fields=("firstDay",)),
        Column("结束日期", "含当日", "2026-12-15", "DATE", True, fields=("lastDay",)),
        Column("停产原因", "", "整改", "CHOICE", True, REASONS, ("reason",)),
        Column("说明", "最多200字", "", fields=("note",)),
    ),
)

FORMS: Final[Mapping[ImportKind, tuple[SheetForm, ...]]] = {
    ImportKind.ENTERPRISES: (ENTERPRISE_SHEET, WORKSHOP_SHEET, WAREHOUSE_SHEET),
    ImportKind.DEPARTMENTS: (DEPARTMENT_SHEET,),
    ImportKind.PEOPLE: (PEOPLE_SHEET,),
    ImportKind.CERTIFICATES: (CERTIFICATE_SHEET,),
    ImportKind.SHUTDOWN_PERIODS: (SHUTDOWN_SHEET,),
}
"""The sheets of each kind; some may be missing. A CSV file holds the first one unless another is named."""

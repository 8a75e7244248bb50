"""Descriptions of arguments: one per name, and a special one where a field means something else by it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from strawberry.types import get_object_definition

MEANING: Final = {
    "account_id": "账号的全局编号。",
    "active": "是否在岗或在册。",
    "address": "地址。",
    "after": "上一页的endCursor；从头开始时不填。",
    "business_date": "业务日期，上海时区的一天。",
    "cancelled": "true仅已取消的，false仅未取消的；不填为全部。",
    "client": "从哪个客户端登录；WEB另以Cookie保存会话。",
    "client_mutation_key": "客户端自定的幂等键，8至64个可见字符；重复提交得到第一次的结果。",
    "code": "六位行政区划代码。",
    "covering": "只要覆盖这一天的停产期。",
    "credit_code": "统一社会信用代码，18位。",
    "date": "日期；不填为今日。",
    "department_id": "转办至的下级部门的全局编号；其管辖区域须与问题所在区域相符。",
    "disabled": "true停用，false启用。",
    "effective_from": "生效日期，须晚于今日。",
    "employer": "所属部门或企业，二者取一。",
    "enterprise_id": "企业的全局编号。",
    "expires_on": "有效期至（含）。",
    "feedback": "反馈内容。",
    "first": "每页条数，1至100。",
    "first_day": "开始日期（含）。",
    "form": "填写的表。",
    "gb_code": "推送部级平台时使用的国标代码。",
    "group": "哪个数字。",
    "id": "全局编号。",
    "ids": "全局编号。",
    "instruction": "转办要求，最多500个字。",
    "issued_on": "发证日期。",
    "job": "只看这项作业。",
    "jurisdiction": "管辖区域的全局编号。",
    "key": "参数。",
    "kind": "类型。",
    "kinds": "企业类型；不填为全部。",
    "last_day": "结束日期（含）。",
    "level": "层级。",
    "local": "是否为本地区域（国标无此代码）。",
    "new_password": "新密码，至少10个字符，四类字符中的三类。",
    "note": "说明。",
    "number": "证书编号。",
    "old_password": "原密码。",
    "parent_id": "上级的全局编号。",
    "order_by": "排序；上一页的位置只能用于同一排序。",
    "password": "密码。",
    "person_id": "人员的全局编号。",
    "phone": "手机号码，11位。",
    "reason": "原因。",
    "rectify_on": "要求重新完成整改的日期（含），不得超出整改时限或原期限；不填则期限不变，至少留一天。",
    "region_id": "区域的全局编号，包括其下级。",
    "review_due_on": "复审到期日。",
    "verification": "核实结果；不是“真实”的须在说明中写明如何核实。",
    "revision": "所看到的版本号；不是最新时拒绝。",
    "role": "角色。",
    "size": "字节数。",
    "source": "停产期的来源；不填为全部。",
    "states": "状态；不填为全部。",
    "target": "针对一家企业或一个区域，二者取一。",
    "text": "要查找的文字。",
    "thumbnail": "true只取缩略图，false取原文件。",
    "topic": "交换事项。",
    "trade": "作业类别；仅特种作业操作证有。",
    "unfed_back": "只看未反馈的（true）或不再欠反馈的（false，包括已撤回的）；不填为全部。",
    "unread_only": "只看未读的。",
    "until": "延期至哪一日（含）。",
    "username": "用户名。",
    "value": "值，写法见参数说明。",
    "warehouses": "全部仓库。",
    "week_ending": "推送日，须为每周推送的星期。",
    "what": "导出的内容及条件。",
    "where": "查询条件。",
    "workshops": "全部工房。",
}
"""Python name of an argument → its description. A missing name stops the build of the schema."""


MEANING_IN_FIELD: Final = {
    ("accounts", "disabled"): "true仅停用的，false仅启用的；不填为全部。",
    ("accounts", "person_id"): "账号所属人员的全局编号；不填为全部。",
    ("accounts", "role"): "角色；不填为全部。",
    ("exchange_attempts", "topic"): "交换事项；不填为全部。",
    (
        "hand_over_problem",
        "rectify_on",
    ): "要求完成整改的日期（含），不得晚于部级平台的期限；不填则按部级平台的期限。",
    ("request_upload", "name"): "文件名，扩展名须与内容一致。",
    ("save_certificate", "id"): "证书的全局编号；新增时不填。",
    ("save_department", "id"): "部门的全局编号；新增时不填。",
    ("save_department", "name"): "部门名称。",
    ("save_enterprise", "id"): "企业的全局编号；新增时不填。",
    ("save_enterprise", "name"): "企业名称。",
    ("save_person", "id"): "人员的全局编号；新增时不填。",
    ("save_person", "name"): "姓名。",
    ("save_region", "name"): "区域名称。",
    ("save_shutdown_period", "id"): "停产期的全局编号；新增时不填。",
    ("save_shutdown_period", "kind"): "限定的企业类型；不填为不限。",
    ("setting_changes", "key"): "参数；不填为全部。",
    ("shutdown_periods", "enterprise_id"): "企业的全局编号：对其生效的停产期；不填为全部。",
    ("shutdown_periods", "kind"): "企业类型：对该类型企业生效的停产期；不填为全部。",
    ("shutdown_periods", "reason"): "停产原因；不填为全部。",
    ("shutdown_periods", "region_id"): "区域的全局编号，包括其下级；不填为全部。",
}
"""Python names of field and argument → the description, where the same name means something else."""


def describe_arguments(types: Iterable[type]) -> None:
    """Set the missing descriptions of all arguments of these types. Raises KeyError for an unknown name."""
    for shown in types:
        definition = get_object_definition(shown, strict=True)
        for field in definition.fields:
            for argument in field.arguments:
                if argument.description is None:
                    here = MEANING_IN_FIELD.get((field.python_name, argument.python_name))
                    argument.description = here or MEANING[argument.python_name]

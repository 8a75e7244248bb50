"""Renders docs/workflow.md from the tables that the code itself uses."""

from __future__ import annotations

from ...application.access import RULES, Permission, Rule
from ...application.commitment.commitments import PERMISSIONS
from ...application.reactions import REACTIONS, UNAUDITED
from ...domain.commitment.commitment import (
    ACTION_NAMES,
    STATE_NAMES,
    TRANSITIONS,
    Commitment,
    CommitmentAction,
)
from ...domain.directory.enterprise import KIND_NAMES, EnterpriseKind
from ...domain.directory.organisation import LEVEL_NAMES, ROLE_NAMES, Level, Role
from ...domain.handling.parties import PARTY_NAMES
from ...domain.handling.recipients import RECIPIENT_NAMES, Recipient
from ...domain.inspection.checklist import CHECKLIST
from ...domain.inspection.inspection import (
    INSPECTION_ACTION_NAMES,
    INSPECTION_STATE_NAMES,
    INSPECTION_TRANSITIONS,
    Inspection,
    InspectionAction,
)
from ...domain.notice.notice import SMS_STATE_NAMES, SMS_TRANSITIONS, SmsState
from ...domain.policy import SETTING_DIRECTION_NAMES, SETTINGS, Policy, text_of
from ...domain.problem.form import PROBLEM_ORIGIN_NAMES, ProblemOrigin
from ...domain.problem.problem import Problem
from ...domain.problem.recipients import (
    PROBLEM_PATH_NAMES,
    ProblemPath,
    recipients_of,
    reminder_recipients_of,
)
from ...domain.problem.workflow import (
    OF_THE_MINISTRY,
    PROBLEM_ACTION_NAMES,
    PROBLEM_STATE_NAMES,
    PROBLEM_TRANSITIONS,
    ProblemAction,
    carrier,
)
from .alert import alert_section
from .export import export_section
from .markdown import HOW_TO_READ, cell, diagram, doc, method_doc, named, section, state_table, table
from .schedule import schedule_section

"""The day that the schedule is printed for; every day gives the same times."""


def render() -> str:
    """Render the whole document as Markdown; the same code gives exactly the same bytes."""
    text = section(
        _opening(),
        _commitment(),
        _inspection(),
        _problem(),
        alert_section(),
        export_section(),
        _checklist(),
        _sms(),
        _access(),
        _reactions(),
        schedule_section(),
        _settings(),
    )
    return text + "\n"


def _opening() -> str:
    return (
        "# 工作流程 · Workflow\n\n"
        "Printed from the tables of the code by `make workflow`; a test compares. Change the table, then print.\n"
        "All times are those of Asia/Shanghai."
    )


# ---------------------------------------------------------------- commitment, inspection, problem


def _commitment() -> str:
    actions = [
        [
            named(action, ACTION_NAMES),
            _carriers(RULES[PERMISSIONS[action]]),
            cell(method_doc(Commitment, action)),
        ]
        for action in CommitmentAction
    ]
    return section(
        "## 安全承诺 · Commitment",
        f"Source: `TRANSITIONS` in `src/domain/commitment/commitment.py`. {HOW_TO_READ}",
        state_table(TRANSITIONS, STATE_NAMES, ACTION_NAMES, "每日生成应报名单 open-day"),
        "Each action, who carries it, and what the state table cannot say (mostly time):",
        table(["操作 Action", "谁 Who", "说明 Rule"], actions),
    )


def _inspection() -> str:
    actions = [
        [named(action, INSPECTION_ACTION_NAMES), cell(method_doc(Inspection, action))]
        for action in InspectionAction
    ]
    return section(
        "## 巡查、抽查 · Inspection",
        f"Source: `INSPECTION_TRANSITIONS` in `src/domain/inspection/inspection.py`. {HOW_TO_READ} A draft is its "
        "inspector's own. An automatic record is submitted from the start.",
        state_table(INSPECTION_TRANSITIONS, INSPECTION_STATE_NAMES, INSPECTION_ACTION_NAMES),
        table(["操作 Action", "说明 Rule"], actions),
    )


def _problem() -> str:
    actions = [
        [
            named(action, PROBLEM_ACTION_NAMES),
            *(
                "—"
                if action in OF_THE_MINISTRY and origin is not ProblemOrigin.MINISTRY
                else PARTY_NAMES[carrier(action, origin)]
                for origin in ProblemOrigin
            ),
            cell(method_doc(Problem, action)),
        ]
        for action in ProblemAction
    ]
    origins = [f"{PROBLEM_ORIGIN_NAMES[origin]}的问题 {origin.value}" for origin in ProblemOrigin]
    return section(
        "## 问题整改 · Problem",
        f"Source: `PROBLEM_TRANSITIONS` in `src/domain/problem/workflow.py`. {HOW_TO_READ}",
        state_table(PROBLEM_TRANSITIONS, PROBLEM_STATE_NAMES, PROBLEM_ACTION_NAMES, "下发"),
        "Each action, whose it is (`carrier`), and what the state table cannot say. For a problem of the "
        "ministry the issuer is the province:",
        table(["操作 Action", *origins, "说明 Rule"], actions),
        "Who is told, by where the problem comes from and whom it is addressed to. Source: "
        "`src/domain/problem/recipients.py`.",
        _told(),
    )


def _told() -> str:
    titles = {action: named(action, PROBLEM_ACTION_NAMES) for action in ProblemAction}
    occasions = [
        (name, [recipients_of(action, path) for path in ProblemPath])
        for action, name in [(None, "下发 issued"), *titles.items()]
    ]
    occasions += [
        (name, [reminder_recipients_of(path, escalated=late) for path in ProblemPath])
        for name, late in (("提醒 reminder", False), ("逾期提醒 overdue", True))
    ]
    rows = [
        [name, *("、".join(RECIPIENT_NAMES[who] for who in Recipient if who in told) for told in columns)]
        for name, columns in occasions
        if any(columns)
    ]
    return table(["何时 When", *PROBLEM_PATH_NAMES.values()], rows)


def _checklist() -> str:
    rows = [
        [f"`{item.code}`", item.name, *(_yes(kind in item.kinds) for kind in EnterpriseKind), item.basis]
        for item in CHECKLIST.values()
    ]
    kinds = [KIND_NAMES[kind] for kind in EnterpriseKind]
    return section(
        "## 抽查检查项 · Checklist",
        "Source: `CHECKLIST` in `src/domain/inspection/checklist.py`.",
        table(["代码 Code", "检查项 Item", *kinds, "依据 Basis"], rows),
    )


# ---------------------------------------------------------------- SMS


def _sms() -> str:
    moves = [
        (origin, target) for origin in SmsState for target in SmsState if (origin, target) in SMS_TRANSITIONS
    ]
    rows = [
        [named(origin, SMS_STATE_NAMES), *("→" if (origin, to) in moves else "" for to in SmsState)]
        for origin in SmsState
    ]
    return section(
        "## 短信 · SMS",
        "Source: `SMS_TRANSITIONS` in `src/domain/notice/notice.py`. A receipt may repeat and may come early: a move "
        "that is not here leaves the SMS as it is.",
        table(["从 From ＼ 到 To", *(named(state, SMS_STATE_NAMES) for state in SmsState)], rows),
        diagram(
            [
                ("[*]", SmsState.QUEUED.value, ""),
                *((origin.value, target.value, "") for origin, target in moves),
            ],
            {state.value: named(state, SMS_STATE_NAMES) for state in SmsState},
        ),
    )


# ---------------------------------------------------------------- access


def _access() -> str:
    rows = [
        [
            f"`{permission.value}`",
            *(_carries(RULES[permission], role) for role in Role),
            _yes(RULES[permission].system),
        ]
        for permission in Permission
    ]
    return section(
        "## 权限 · Access",
        "Source: `RULES` in `src/application/access.py`, asked in every use case. ✓ at every level; a level alone "
        "(县级 …) means departments of that level only; empty means refused with `FORBIDDEN`. What lies within "
        "somebody's scope is asked separately, on every id. Whoever is to be head of a department (部门负责人), or is, "
        "is kept by its heads, by the departments above and by the system administrator; administrators by the system "
        "administrator alone (`check_role` in `src/application/directory/rules.py`).",
        table(
            ["权限 Permission", *(f"{ROLE_NAMES[role]}<br>{role.value}" for role in Role), "系统 System"],
            rows,
        ),
    )


def _carries(rule: Rule, role: Role) -> str:
    if role not in rule.roles:
        return ""
    return "✓" if rule.levels is None else _levels(rule)


def _carriers(rule: Rule) -> str:
    roles = "、".join(ROLE_NAMES[role] for role in Role if role in rule.roles)
    system = "系统自动" if rule.system else ""
    levels = f"（{_levels(rule)}）" if rule.levels is not None else ""
    return "、".join(part for part in (roles + levels if roles else "", system) if part)


def _levels(rule: Rule) -> str:
    return "、".join(
        LEVEL_NAMES[level] for level in Level if rule.levels is not None and level in rule.levels
    )


def _yes(flag: bool) -> str:
    return "✓" if flag else ""


# ---------------------------------------------------------------- reactions


def _reactions() -> str:
    rows = [
        [
            f"`{event.__name__}`",
            cell(doc(event)),
            "" if issubclass(event, UNAUDITED) else "✓",
            "<br>".join(f"`{reaction.__name__}`: {cell(doc(reaction))}" for reaction in reactions),
        ]
        for event, reactions in REACTIONS.items()
    ]
    return section(
        "## 后续处理 · What follows from what",
        "Source: `REACTIONS` in `src/application/reactions.py`. Everything here happens in the transaction of the "
        "event itself, and so does the entry in the audit trail.",
        table(["事件 Event", "何时 When", "审计 Audited", "后续 What follows"], rows),
    )


# ---------------------------------------------------------------- settings


def _settings() -> str:
    policy = Policy()
    rows = [
        [
            f"`{key.value}`",
            rule.name,
            text_of(getattr(policy, key.value.lower())),
            f"{text_of(rule.least)}–{text_of(rule.most)}",
            "、".join(LEVEL_NAMES[level] for level in rule.levels),
            f"{SETTING_DIRECTION_NAMES[rule.direction]} {rule.direction.value}",
        ]
        for key, rule in SETTINGS.items()
    ]
    return section(
        "## 参数 · Settings",
        "Source: `SETTINGS` in `src/domain/policy.py`. Set per region and from a day on. Along the regions from "
        "the province down the strictest value is in force; nobody loosens what a superior has set.",
        table(
            [
                "参数 Setting",
                "名称 Name",
                "初始值 Starting value",
                "范围 Bounds",
                "可设层级 Levels",
                "下级 Below",
            ],
            rows,
        ),
    )

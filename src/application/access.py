"""Who may do what: the actor, its scope, and the one table of rules. What no rule allows is forbidden."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final
from uuid import UUID

from ..domain.directory.organisation import ENTERPRISE_ROLES, REGULATOR_ROLES, Level, Role
from ..domain.refusals import Forbidden
from ..domain.values import AccountId, Client, DepartmentId, EnterpriseId, PersonId, RegionId


@dataclass(frozen=True, slots=True)
class Scope:
    """What somebody can see: the subtrees of some regions, or one enterprise, or everything (the system).

    Storage and readers take the scope as an argument and answer as if nothing else existed.
    A problem is also in scope when `department_id` is its addressee or its issuer: that department goes on
    handling it, wherever either has moved.
    """

    regions: frozenset[RegionId] = frozenset()
    enterprise_id: EnterpriseId | None = None
    department_id: DepartmentId | None = None
    everything: bool = False


NOTHING: Final = Scope()
EVERYTHING: Final = Scope(everything=True)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: a logged-in person, or the system itself (`role` is None).

    While `must_change_password` is true, it may only change the password, log out and read its own data.
    What it does while it `rehearses` is checked in full and never stored: see `once`.
    """

    person_id: PersonId | None
    name: str
    role: Role | None
    level: Level | None
    department_id: DepartmentId | None
    enterprise_id: EnterpriseId | None
    scope: Scope
    account_id: AccountId | None = None
    session_id: UUID | None = None
    client: Client = Client.WEB
    must_change_password: bool = False
    rehearses: bool = False

    @property
    def is_system(self) -> bool:
        return self.role is None


SYSTEM: Final = Actor(
    person_id=None,
    name="系统自动",
    role=None,
    level=None,
    department_id=None,
    enterprise_id=None,
    scope=EVERYTHING,
)


class Permission(Enum):
    """Everything that a rule can allow: each command, and each kind of reading."""

    CHANGE_OWN_PASSWORD = "CHANGE_OWN_PASSWORD"
    LOG_OUT = "LOG_OUT"
    READ_OWN = "READ_OWN"
    READ_ORGANISATION = "READ_ORGANISATION"
    READ_DIRECTORY = "READ_DIRECTORY"
    READ_SETTINGS = "READ_SETTINGS"
    READ_PHONE_NUMBERS = "READ_PHONE_NUMBERS"
    READ_COMMITMENTS = "READ_COMMITMENTS"
    READ_STATISTICS = "READ_STATISTICS"
    READ_WEEKLY_FIGURES = "READ_WEEKLY_FIGURES"
    READ_EXCHANGE = "READ_EXCHANGE"
    READ_HEALTH = "READ_HEALTH"
    READ_SCHEDULE = "READ_SCHEDULE"
    READ_AUDIT = "READ_AUDIT"
    READ_ACCOUNTS = "READ_ACCOUNTS"
    VIEW_ENTERPRISE = "VIEW_ENTERPRISE"
    UPLOAD_FILE = "UPLOAD_FILE"
    READ_FILES = "READ_FILES"
    READ_REPORTS = "READ_REPORTS"
    EXPORT = "EXPORT"
    SUBMIT_COMMITMENT = "SUBMIT_COMMITMENT"
    CORRECT_COMMITMENT = "CORRECT_COMMITMENT"
    REOPEN_COMMITMENT = "REOPEN_COMMITMENT"
    READ_INSPECTIONS = "READ_INSPECTIONS"
    DRAFT_INSPECTION = "DRAFT_INSPECTION"
    SUBMIT_INSPECTION = "SUBMIT_INSPECTION"
    READ_PROBLEMS = "READ_PROBLEMS"
    ACKNOWLEDGE_PROBLEM = "ACKNOWLEDGE_PROBLEM"
    RECTIFY_PROBLEM = "RECTIFY_PROBLEM"
    REPORT_PROBLEM_PROGRESS = "REPORT_PROBLEM_PROGRESS"
    FEED_BACK_PROBLEM = "FEED_BACK_PROBLEM"
    CLOSE_PROBLEM = "CLOSE_PROBLEM"
    RETURN_PROBLEM = "RETURN_PROBLEM"
    REQUEST_EXTENSION = "REQUEST_EXTENSION"
    GRANT_EXTENSION = "GRANT_EXTENSION"
    REFUSE_EXTENSION = "REFUSE_EXTENSION"
    WITHDRAW_PROBLEM = "WITHDRAW_PROBLEM"
    HAND_OVER_PROBLEM = "HAND_OVER_PROBLEM"
    READ_ALERTS = "READ_ALERTS"
    ACKNOWLEDGE_ALERT = "ACKNOWLEDGE_ALERT"
    HANDLE_ALERT = "HANDLE_ALERT"
    REPORT_ALERT_PROGRESS = "REPORT_ALERT_PROGRESS"
    FEED_BACK_ALERT = "FEED_BACK_ALERT"
    CLOSE_ALERT = "CLOSE_ALERT"
    RETURN_ALERT = "RETURN_ALERT"
    ESCALATE_ALERT = "ESCALATE_ALERT"
    SAVE_REGION = "SAVE_REGION"
    SAVE_DEPARTMENT = "SAVE_DEPARTMENT"
    SAVE_PERSON = "SAVE_PERSON"
    SAVE_ENTERPRISE = "SAVE_ENTERPRISE"
    SAVE_CERTIFICATE = "SAVE_CERTIFICATE"
    SAVE_SHUTDOWN_PERIOD = "SAVE_SHUTDOWN_PERIOD"
    CANCEL_SHUTDOWN_PERIOD = "CANCEL_SHUTDOWN_PERIOD"
    SET_SETTING = "SET_SETTING"
    LOCK_SETTING = "LOCK_SETTING"
    SAVE_ACCOUNT = "SAVE_ACCOUNT"
    UNLOCK_ACCOUNT = "UNLOCK_ACCOUNT"
    DISABLE_ACCOUNT = "DISABLE_ACCOUNT"
    REVOKE_SESSIONS = "REVOKE_SESSIONS"
    RESEND_DEAD_LETTERS = "RESEND_DEAD_LETTERS"
    ASSIGN_INBOX_RECORD = "ASSIGN_INBOX_RECORD"
    REPROCESS_INBOX = "REPROCESS_INBOX"
    READ_RAW_MESSAGE = "READ_RAW_MESSAGE"
    RUN_SYSTEM_JOB = "RUN_SYSTEM_JOB"


PERMISSION_NAMES: Final = {
    Permission.CHANGE_OWN_PASSWORD: "修改本人密码",
    Permission.LOG_OUT: "退出登录",
    Permission.READ_OWN: "查看本人信息和消息",
    Permission.READ_ORGANISATION: "查看部门和人员",
    Permission.READ_DIRECTORY: "查看企业档案",
    Permission.READ_SETTINGS: "查看参数",
    Permission.READ_PHONE_NUMBERS: "查看须联系人员的电话",
    Permission.READ_COMMITMENTS: "查看安全承诺",
    Permission.READ_STATISTICS: "查看统计",
    Permission.READ_WEEKLY_FIGURES: "查看每周推送情况",
    Permission.READ_EXCHANGE: "查看交换台账",
    Permission.READ_HEALTH: "查看交换运行状况",
    Permission.READ_SCHEDULE: "查看计划作业",
    Permission.READ_AUDIT: "查看审计记录",
    Permission.READ_ACCOUNTS: "查看账号",
    Permission.VIEW_ENTERPRISE: "查看企业页面",
    Permission.UPLOAD_FILE: "上传附件",
    Permission.READ_FILES: "查看和下载附件",
    Permission.READ_REPORTS: "查看和下载通报",
    Permission.EXPORT: "导出列表和统计",
    Permission.SUBMIT_COMMITMENT: "上报安全承诺",
    Permission.CORRECT_COMMITMENT: "更正安全承诺",
    Permission.REOPEN_COMMITMENT: "重新开放安全承诺",
    Permission.READ_INSPECTIONS: "查看巡查抽查记录",
    Permission.DRAFT_INSPECTION: "填写巡查抽查情况表",
    Permission.SUBMIT_INSPECTION: "提交巡查抽查记录",
    Permission.READ_PROBLEMS: "查看问题",
    Permission.ACKNOWLEDGE_PROBLEM: "签收问题",
    Permission.RECTIFY_PROBLEM: "核实处置问题",
    Permission.REPORT_PROBLEM_PROGRESS: "反馈整改进展",
    Permission.FEED_BACK_PROBLEM: "反馈最终结果",
    Permission.CLOSE_PROBLEM: "办结问题",
    Permission.RETURN_PROBLEM: "退回问题",
    Permission.REQUEST_EXTENSION: "申请延期",
    Permission.GRANT_EXTENSION: "批准延期",
    Permission.REFUSE_EXTENSION: "不批准延期",
    Permission.WITHDRAW_PROBLEM: "撤回问题",
    Permission.HAND_OVER_PROBLEM: "转办部级问题",
    Permission.READ_ALERTS: "查看预警",
    Permission.ACKNOWLEDGE_ALERT: "签收预警",
    Permission.HANDLE_ALERT: "核实处置预警",
    Permission.REPORT_ALERT_PROGRESS: "反馈处置进展",
    Permission.FEED_BACK_ALERT: "反馈预警最终结果",
    Permission.CLOSE_ALERT: "办结预警",
    Permission.RETURN_ALERT: "退回预警反馈",
    Permission.ESCALATE_ALERT: "提级督办预警",
    Permission.SAVE_REGION: "维护区域",
    Permission.SAVE_DEPARTMENT: "维护部门",
    Permission.SAVE_PERSON: "维护人员",
    Permission.SAVE_ENTERPRISE: "维护企业",
    Permission.SAVE_CERTIFICATE: "维护证书",
    Permission.SAVE_SHUTDOWN_PERIOD: "维护停产期",
    Permission.CANCEL_SHUTDOWN_PERIOD: "取消停产期",
    Permission.SET_SETTING: "设置参数",
    Permission.LOCK_SETTING: "锁定参数",
    Permission.SAVE_ACCOUNT: "开立账号",
    Permission.UNLOCK_ACCOUNT: "解锁账号",
    Permission.DISABLE_ACCOUNT: "停用或启用账号",
    Permission.REVOKE_SESSIONS: "结束账号的会话",
    Permission.RESEND_DEAD_LETTERS: "重新发送被拒绝的记录",
    Permission.ASSIGN_INBOX_RECORD: "指定收到的记录归谁办理",
    Permission.REPROCESS_INBOX: "重新处理收到的数据",
    Permission.READ_RAW_MESSAGE: "查看收到的报文原文",
    Permission.RUN_SYSTEM_JOB: "运行系统作业",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Which roles have a permission, and at which levels of their department (None: at every level).

    `system`: the system itself has it, too.
    """

    roles: frozenset[Role]
    levels: frozenset[Level] | None = None
    system: bool = False


_EVERYBODY: Final = frozenset(Role)
_READERS: Final = REGULATOR_ROLES | ENTERPRISE_ROLES
_SYSTEM_ADMIN: Final = frozenset({Role.SYSTEM_ADMINISTRATOR})
_SECURITY_ADMIN: Final = frozenset({Role.SECURITY_ADMINISTRATOR})
_KEEPERS: Final = frozenset({Role.DEPARTMENT_HEAD, Role.INSPECTOR})
_BY_ADDRESSEE: Final = (
    Permission.ACKNOWLEDGE_PROBLEM,
    Permission.RECTIFY_PROBLEM,
    Permission.REPORT_PROBLEM_PROGRESS,
    Permission.FEED_BACK_PROBLEM,
    Permission.REQUEST_EXTENSION,
    Permission.ACKNOWLEDGE_ALERT,
    Permission.HANDLE_ALERT,
    Permission.REPORT_ALERT_PROGRESS,
    Permission.FEED_BACK_ALERT,
)
_BY_ISSUER: Final = (
    Permission.CLOSE_PROBLEM,
    Permission.RETURN_PROBLEM,
    Permission.GRANT_EXTENSION,
    Permission.REFUSE_EXTENSION,
    Permission.WITHDRAW_PROBLEM,
    Permission.CLOSE_ALERT,
    Permission.RETURN_ALERT,
    Permission.ESCALATE_ALERT,
)
"""For these steps, `Problem` or `Alert` also checks the actor's department or enterprise."""

_BY_THE_PROVINCE: Final = (
    Permission.RESEND_DEAD_LETTERS,
    Permission.ASSIGN_INBOX_RECORD,
    Permission.REPROCESS_INBOX,
    Permission.READ_RAW_MESSAGE,
)

# No administrator sees an enterprise, or what is exchanged, by virtue of that role (三权分立): the system
# administrator keeps accounts, settings and the tree of departments, and sees how much is due, not what.
RULES: Final = {
    Permission.CHANGE_OWN_PASSWORD: Rule(_EVERYBODY),
    Permission.LOG_OUT: Rule(_EVERYBODY),
    Permission.READ_OWN: Rule(_EVERYBODY),
    # What the system reads here, an operator exports on the command line; it is in the audit trail.
    Permission.READ_ORGANISATION: Rule(_READERS | _SYSTEM_ADMIN, system=True),
    Permission.READ_DIRECTORY: Rule(_READERS, system=True),
    Permission.READ_SETTINGS: Rule(_READERS | _SYSTEM_ADMIN),
    Permission.READ_PHONE_NUMBERS: Rule(REGULATOR_ROLES),
    Permission.READ_COMMITMENTS: Rule(_READERS, system=True),
    # An enterprise has no figures of others; its own days are in its lists.
    Permission.READ_STATISTICS: Rule(REGULATOR_ROLES, system=True),
    Permission.READ_WEEKLY_FIGURES: Rule(
        REGULATOR_ROLES, frozenset({Level.PROVINCE, Level.CITY}), system=True
    ),
    Permission.READ_EXCHANGE: Rule(REGULATOR_ROLES, frozenset({Level.PROVINCE}), system=True),
    Permission.READ_HEALTH: Rule(REGULATOR_ROLES | _SYSTEM_ADMIN, frozenset({Level.PROVINCE})),
    Permission.READ_SCHEDULE: Rule(_SYSTEM_ADMIN),
    Permission.READ_AUDIT: Rule(frozenset({Role.AUDIT_ADMINISTRATOR})),
    Permission.READ_ACCOUNTS: Rule(_SYSTEM_ADMIN | _SECURITY_ADMIN),
    Permission.VIEW_ENTERPRISE: Rule(_READERS),
    Permission.UPLOAD_FILE: Rule(_READERS),
    Permission.READ_FILES: Rule(_READERS),
    Permission.READ_REPORTS: Rule(REGULATOR_ROLES, frozenset({Level.PROVINCE, Level.CITY})),
    # What somebody may export is what its role may read: administrators have lists, too.
    Permission.EXPORT: Rule(
        REGULATOR_ROLES | frozenset({Role.SYSTEM_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR}), system=True
    ),
    Permission.SUBMIT_COMMITMENT: Rule(ENTERPRISE_ROLES),
    Permission.CORRECT_COMMITMENT: Rule(ENTERPRISE_ROLES),
    Permission.REOPEN_COMMITMENT: Rule(REGULATOR_ROLES, frozenset({Level.CITY, Level.COUNTY})),
    Permission.READ_INSPECTIONS: Rule(REGULATOR_ROLES, system=True),
    Permission.DRAFT_INSPECTION: Rule(_KEEPERS),
    Permission.SUBMIT_INSPECTION: Rule(_KEEPERS),
    Permission.READ_PROBLEMS: Rule(_READERS, system=True),
    Permission.READ_ALERTS: Rule(_READERS, system=True),
    **dict.fromkeys(_BY_ADDRESSEE, Rule(_READERS)),
    **dict.fromkeys(_BY_ISSUER, Rule(_KEEPERS)),
    Permission.HAND_OVER_PROBLEM: Rule(_KEEPERS, frozenset({Level.PROVINCE})),
    Permission.SAVE_REGION: Rule(_SYSTEM_ADMIN, frozenset({Level.PROVINCE}), system=True),
    Permission.SAVE_DEPARTMENT: Rule(_SYSTEM_ADMIN, system=True),
    Permission.SAVE_PERSON: Rule(_SYSTEM_ADMIN | _KEEPERS, system=True),
    Permission.SAVE_ENTERPRISE: Rule(_KEEPERS, system=True),
    Permission.SAVE_CERTIFICATE: Rule(_KEEPERS, system=True),
    Permission.SAVE_SHUTDOWN_PERIOD: Rule(_KEEPERS, system=True),
    Permission.CANCEL_SHUTDOWN_PERIOD: Rule(_KEEPERS),
    Permission.SET_SETTING: Rule(_SYSTEM_ADMIN | frozenset({Role.DEPARTMENT_HEAD}), system=True),
    Permission.LOCK_SETTING: Rule(
        _SYSTEM_ADMIN | frozenset({Role.DEPARTMENT_HEAD}),
        frozenset({Level.PROVINCE, Level.CITY}),
        system=True,
    ),
    Permission.SAVE_ACCOUNT: Rule(_SYSTEM_ADMIN, system=True),
    Permission.UNLOCK_ACCOUNT: Rule(_SECURITY_ADMIN),
    Permission.DISABLE_ACCOUNT: Rule(_SECURITY_ADMIN | _SYSTEM_ADMIN),
    Permission.REVOKE_SESSIONS: Rule(_SECURITY_ADMIN),
    **dict.fromkeys(
        _BY_THE_PROVINCE,
        Rule(frozenset({Role.DEPARTMENT_HEAD, Role.DUTY_PERSON}), frozenset({Level.PROVINCE})),
    ),
    Permission.RUN_SYSTEM_JOB: Rule(frozenset(), system=True),
}
"""All authorisation by role. The actor's scope is checked separately, for every id."""


def may(actor: Actor, permission: Permission) -> bool:
    """Whether the actor's role and its department's level have the permission."""
    rule = RULES[permission]
    if actor.role is None:
        return rule.system
    if actor.role not in rule.roles:
        return False
    return rule.levels is None or actor.level in rule.levels


def check(actor: Actor, permission: Permission) -> None:
    """Raises Forbidden when the actor lacks the permission or must change its password first."""
    if actor.must_change_password and permission not in (
        Permission.CHANGE_OWN_PASSWORD,
        Permission.LOG_OUT,
        Permission.READ_OWN,
    ):
        raise Forbidden("请先修改密码，再使用其他功能。")
    if not may(actor, permission):
        raise Forbidden("您的角色不能进行此项操作。")

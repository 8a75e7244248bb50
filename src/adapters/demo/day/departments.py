"""What departments do in the played day: read figures and messages, push, resend, re-open, reconcile."""

from __future__ import annotations

from typing import Final

from ..played.client import CannotGoOn, Refused, Row
from ..played.stage import local
from .documents import (
    ATTEMPTS,
    AUDIT,
    COMMITMENTS,
    DEAD_LETTERS,
    OVERVIEW,
    REOPEN,
    RESEND,
)
from .enterprises import correct_after_reopening
from .stage import DayStage, Head

WHO: Final = (
    ("province-duty", "陕西省应急管理厅"),
    ("county-duty", "县应急管理局"),
    ("system-admin", "系统管理员"),
    ("security-admin", "安全管理员"),
    ("audit-admin", "审计管理员"),
)
SHOWN_DUTY: Final = {"610500": "city-duty", "610526": "county-duty"}
"""Region code → demo account of its duty person; all others are called `duty-` plus the region code."""
PERMANENT: Final = "R102"
REASON: Final = "企业来电说明气温填报有误，经核实予以更正"
SMS_STATES: Final = {
    "QUEUED": "待发送",
    "ACCEPTED": "网关已接收",
    "DELIVERED": "已送达",
    "FAILED": "失败",
    "UNKNOWN": "结果未知",
    "DROPPED": "已取消",
}
PUSH_STATES: Final = {
    "PENDING": "待推送",
    "DONE": "已接收",
    "REFUSED": "被拒绝",
    "PARKED": "搁置",
    "SUPERSEDED": "已被新版取代",
    "DROPPED": "已取消",
}


def log_everybody_in(stage: DayStage) -> None:
    """Log in with one account of each kind, and show who they are."""
    rows = []
    for username, where in WHO:
        viewer = stage.person(username).log_in()
        rows.append((username, where, viewer["name"], viewer["role"]))
    stage.table("登录", ("账号", "单位", "姓名", "角色"), rows)


def open_the_book(stage: DayStage) -> None:
    """Note who owes a commitment today, and who was reported automatically because of a shutdown period."""
    for row in stage.duty.walk(COMMITMENTS, "commitments", day=stage.day.isoformat()):
        code = row["enterprise"]["creditCode"]
        stage.notebook.owes(code, row["enterpriseName"])
        if row["state"] == "REPORTED_AUTOMATICALLY":
            stage.notebook.reported_automatically(code)
        elif row["state"] != "OWED":
            raise CannotGoOn(f"{stage.day}已有人工上报：{row['enterpriseName']}。请在新的一天开始时演示。")
    if not stage.notebook.pages:
        raise CannotGoOn(f"{stage.day}没有应报的企业：请先运行 yanbao seed。")


def overview(stage: DayStage) -> None:
    """Show the figures of the province and of the cities where a commitment is expected."""
    found = stage.duty.ask(OVERVIEW, day=stage.day.isoformat())["commitmentOverview"]
    parts = [part for part in found["parts"] if part["tally"]["expected"]]
    stage.table(
        f"承诺概览（{stage.day}）",
        ("区域", "#应报", "#在产", "#停产", "#未上报", "#按时", "#逾期", "#自动", "#上报率"),
        [_figures(part) for part in (found["whole"], *parts)],
    )


def _figures(part: Row) -> tuple[object, ...]:
    tally = part["tally"]
    rate = "—" if tally["rate"] is None else f"{tally['rate']:.0%}"
    names = ("expected", "inProduction", "stopped", "unreported", "onTime", "late", "automatic")
    return (part["region"]["name"], *(tally[name] for name in names), rate)


# ---------------------------------------------------------------- reminders


def show_texts(stage: DayStage) -> None:
    """Show the day's SMS so far: the system's counts by state, and the platform's count."""
    counts = stage.counts("texts")
    told = "，".join(f"{word}{counts[state]}条" for state, word in SMS_STATES.items() if counts.get(state))
    stage.say(f"短信：{told or '没有'}；短信平台共收到{len(stage.texts_received())}条")


def show_reminder(stage: DayStage, level: str, kind: str) -> None:
    """Show the message to a county's or city's duty person about an enterprise that has not reported."""
    unreported = stage.duty.walk(COMMITMENTS, "commitments", day=stage.day.isoformat(), reported=False)
    region = next((row["region"] for row in unreported if row["region"]["level"] == "COUNTY"), None)
    if region is None:
        stage.say("[dim]没有未上报的企业[/dim]")
        return
    code = region["code"] if level == "COUNTY" else region["parent"]["code"]
    stage.show_message(SHOWN_DUTY.get(code, f"duty-{code}"), kind)


# ---------------------------------------------------------------- pushing


def order_troubles(stage: DayStage, refused: list[Head]) -> None:
    """Order faults: the ministry answers HTTP 500 to three calls, and refuses these enterprises once."""
    stage.ministry.trouble("http_500", 3)
    stage.say("部级平台：接下来的3次调用应答500")
    if refused:
        stage.refused = len(refused)
        codes = [head.credit_code for head in refused]
        stage.ministry.refuse(codes, code=PERMANENT, sentence="字段commitTime格式错误")
        stage.say(f"部级平台：拒绝{'、'.join(head.name for head in refused)}的记录各一次（{PERMANENT}）")


def push(stage: DayStage) -> None:
    """Wait until everything due is pushed, then show the counts."""
    stage.settle_pushes()
    counts = stage.counts("pushes")
    told = "，".join(f"{word}{counts[state]}条" for state, word in PUSH_STATES.items() if counts.get(state))
    stage.say(f"推送台账：{told}；部级平台持有{stage.ministry.count(stage.day)['records']}条记录")


def show_repeated(stage: DayStage) -> None:
    """Show which records reached the ministry more than once because an answer was lost."""
    times = [one["times"] for one in stage.ministry.current(stage.day) if one["times"] > 1]
    if times:
        stage.say(f"应答丢失后原样重发：{len(times)}条记录各收到{max(times)}次，部级平台按标识只存一份")


def show_attempts(stage: DayStage) -> None:
    """Show the newest calls to the ministry."""
    stage.table(
        "最近的推送",
        ("时间", "#HTTP", "答复", "#发送", "#接收", "#拒绝", "#毫秒"),
        [
            (
                local(one["at"]).strftime("%H:%M:%S"),
                one["httpStatus"] or "—",
                f"{one['code']} {one['sentence']}"[:60],
                one["sent"],
                one["accepted"],
                one["refused"],
                one["tookMs"],
            )
            for one in stage.duty.ask(ATTEMPTS)["exchangeAttempts"]["nodes"]
        ],
    )


def resend(stage: DayStage, expected: list[Head]) -> None:
    """Show the dead letters and send them again as the province's duty person."""
    dead = list(stage.duty.walk(DEAD_LETTERS, "exchangeEntries", day=stage.day.isoformat()))
    stage.table(
        "被部级平台拒绝的记录",
        ("企业", "信用代码", "#版本", "#尝试", "代码", "答复"),
        [
            (e["enterpriseName"], e["creditCode"], e["revision"], e["attempts"], e["answerCode"], e["answer"])
            for e in dead
        ],
    )
    if {entry["creditCode"] for entry in dead} != {head.credit_code for head in expected}:
        raise CannotGoOn(f"应有{len(expected)}条被拒绝的记录，台账有{len(dead)}条。")
    if dead:
        stage.resent = stage.duty.change(RESEND, ids=[entry["id"] for entry in dead])["count"]
        stage.say(f"province-duty 重新发送{stage.resent}条")


# ---------------------------------------------------------------- re-opening, reconciling


def reopen(stage: DayStage) -> Head | None:
    """Show that a closed commitment can be corrected only after the county has re-opened it."""
    county = stage.person("county-duty")
    rows = list(county.walk(COMMITMENTS, "commitments", day=stage.day.isoformat()))
    closed = {row["id"] for row in rows if row["state"] == "REPORTED" and not row["late"]}
    head = next((head for head in stage.heads if head.commitment_id in closed), None)
    if head is None:
        stage.say("[dim]本县没有可以重新开放的承诺[/dim]")
        return None
    try:
        correct_after_reopening(stage, head)
    except Refused as no:
        stage.notebook.refused(no.code)
        if no.code != "CORRECTION_CLOSED":
            raise
        stage.say(f"{head.name}：[yellow]{no.sentence}[/yellow] [dim]{no.code}[/dim]")
    else:
        raise CannotGoOn(f"{head.name}的承诺已过时限，未经重新开放却被更正。")
    county.change(REOPEN, id=head.commitment_id, reason=REASON)
    stage.say(f"county-duty 重新开放：{REASON}")
    correct_after_reopening(stage, head)
    stage.say(f"{head.name}更正为第{head.revision}版")
    return head


def show_audit(stage: DayStage) -> None:
    """Show the newest audit entries, read by the audit administrator."""
    for entry in stage.person("audit-admin").ask(AUDIT)["auditEntries"]["nodes"]:
        stage.say(f"[dim]审计 {local(entry['at']):%H:%M:%S} {entry['actorName']} {entry['action']}[/dim]")

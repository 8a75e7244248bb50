"""What people do about what the ministry states: enterprise, county and province, and what is refused to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from ..played.client import CannotGoOn, Refused, Row
from . import documents as say
from .notebook import Case, case_of
from .stage import COUNTY, NEIGHBOUR, PROVINCE, MinistryStage

STEPS: Final = {
    "ACKNOWLEDGE": "签收",
    "HANDLE": "核实处置",
    "RECTIFY": "开始整改",
    "REPORT_PROGRESS": "反馈进展",
    "FEED_BACK": "反馈最终结果",
    "CLOSE": "核查办结",
    "RETURN": "退回",
    "ESCALATE": "提级督办",
    "HAND_OVER": "转办",
}
VERIFICATIONS: Final = {"TRUE": "真实", "FALSE_ALARM": "误报", "DRILL": "演练", "DEVICE_FAULT": "设备故障"}
_FEEDBACK: Final = {"situation": "已到现场核实，情况属实", "measures": "已停止相关作业并落实整改责任人"}


def shut_down(stage: MinistryStage) -> None:
    """Have the whole province stopped for the ten days: commitments report themselves, and nobody is reminded."""
    stage.person("province-inspector").change(
        say.SHUT_DOWN,
        region=stage.offices[PROVINCE]["regionId"],
        first=stage.first.isoformat(),
        last=stage.last.isoformat(),
    )
    stage.say("全省统一停产检修：这些天的安全承诺由系统自动上报，不再逐家提醒。")


def find(stage: MinistryStage, username: str, kind: str, items: list[str], **where: Any) -> list[Case]:
    """The alerts or problems of these items that the person sees, in the order of the items; the notebook has them."""
    document, path = (say.ALERTS, "alerts") if kind == "alert" else (say.PROBLEMS, "problems")
    given = stage.span | {"origins": ["MINISTRY"]} | where
    rows = {row["ministryNumber"]: row for row in stage.person(username).walk(document, path, where=given)}
    found = []
    for number in items:
        if number in rows:
            case = stage.notebook.cases.setdefault(number, case_of(kind, rows[number]))
            case.revision, case.state = rows[number]["revision"], rows[number]["state"]
            found.append(case)
    return found


def rows(stage: MinistryStage, items: list[str]) -> list[Row]:
    """The alerts of these items, as the enterprise sees them."""
    where = stage.span | {"origins": ["MINISTRY"]}
    found = stage.person("enterprise-head").walk(say.ALERTS, "alerts", where=where)
    return [row for row in found if row["ministryNumber"] in items]


def act(stage: MinistryStage, username: str, case: Case, what: str, **more: Any) -> None:
    """Take one step, and note it. Raises Refused."""
    steps = say.ALERT_STEPS if case.kind == "alert" else say.PROBLEM_STEPS
    row = stage.person(username).change(steps[what], id=case.id, revision=case.revision, **more)[case.kind]
    case.revision, case.state = row["revision"], row["state"]
    stage.notebook.actions[what] += 1
    told = f"（{VERIFICATIONS[more['verification']]}）" if "verification" in more else ""
    stage.say(f"{username}{STEPS[what]}{told}：{case.what}")


def acknowledge(stage: MinistryStage, username: str, *cases: Case) -> None:
    for case in cases:
        act(stage, username, case, "ACKNOWLEDGE")


def handle(stage: MinistryStage, username: str, case: Case, verification: str) -> None:
    act(stage, username, case, "HANDLE", verification=verification, note="负责人已到现场")


def report_progress(stage: MinistryStage, username: str, case: Case) -> None:
    planned = (stage.now().date() + timedelta(days=1)).isoformat()
    feedback = _FEEDBACK | {"progress": "已完成一半", "plannedOn": planned}
    act(stage, username, case, "REPORT_PROGRESS", feedback=feedback)


def feed_back(stage: MinistryStage, username: str, *cases: Case) -> None:
    for case in cases:
        act(stage, username, case, "FEED_BACK", feedback=_FEEDBACK | {"outcome": "已处置完毕，请予核查"})


def close(stage: MinistryStage, username: str, *cases: Case) -> None:
    for case in cases:
        act(stage, username, case, "CLOSE", note="处置得当，同意办结")


def return_(stage: MinistryStage, username: str, case: Case) -> None:
    act(stage, username, case, "RETURN", reason="请补充说明原因，并附检测记录")


def hand_over(stage: MinistryStage, username: str, case: Case) -> None:
    """Hand a patrol problem over to the county."""
    office = stage.offices[COUNTY]
    act(
        stage,
        username,
        case,
        "HAND_OVER",
        departmentId=office["id"],
        instruction="请尽快核实整改，按期反馈",
    )


def must_be_refused(
    stage: MinistryStage, username: str, case: Case, what: str, code: str, **more: Any
) -> None:
    """Try a step that the rules forbid, and show the refusal. Raises CannotGoOn if it is accepted."""
    steps = say.ALERT_STEPS if case.kind == "alert" else say.PROBLEM_STEPS
    try:
        stage.person(username).change(steps[what], id=case.id, revision=case.revision, **more)
    except Refused as no:
        stage.notebook.refusals[no.code] += 1
        if no.code != code:
            raise
        stage.say(f"{username}不能{STEPS[what]}：[yellow]{no.sentence}[/yellow] [dim]{no.code}[/dim]")
    else:
        raise CannotGoOn(f"{username}做了不允许的操作，却没有被拒绝。")


def must_not_be_seen(stage: MinistryStage, case: Case) -> None:
    """Another county neither reads the alert nor may act on it. Raises CannotGoOn otherwise."""
    neighbour = f"duty-{NEIGHBOUR}"
    if stage.person(neighbour).ask(say.ALERT, id=case.id)["node"] is not None:
        raise CannotGoOn(f"{neighbour}看到了别县的预警。")
    must_be_refused(stage, neighbour, case, "ACKNOWLEDGE", "NOT_FOUND")


def told_at_night(stage: MinistryStage, case: Case) -> None:
    """Check that the red alert was told at once, although nobody else is told before morning."""
    stage.settle_texts()
    name = stage.mine["name"]
    texts = [text for text in stage.texts_received() if name in text["text"] and "红色" in text["text"]]
    at_night = [text for text in texts if "23:" in text["text"] or "等级升高为红色" in text["text"]]
    if not at_night:
        raise CannotGoOn("夜间升为红色的预警没有立即发出短信。")
    stage.say(f"夜间立即告知：{at_night[-1]['text']}")


# ---------------------------------------------------------------- quarantine


def quarantined(stage: MinistryStage, items: list[str]) -> dict[str, Row]:
    """The quarantined records of these items, by item."""
    where = stage.span | {"states": ["QUARANTINED"]}
    rows = stage.duty.walk(say.INBOX_RECORDS, "inboxRecords", where=where)
    return {row["externalId"]: row for row in rows if row["externalId"] in items}


def assign(stage: MinistryStage, record: Row) -> None:
    """Say that a quarantined record belongs to the demo's enterprise."""
    stage.duty.change(say.ASSIGN, id=record["id"], enterprise=stage.mine["id"])
    stage.say(f"province-duty将{record['externalId']}（{record['sentence']}）指定给{stage.mine['name']}")
    stage.settle_inbox()


def enrol(stage: MinistryStage, record: Row) -> None:
    """Add the enterprise that a quarantined record names to the directory, and have the record processed again."""
    stage.person("province-inspector").change(
        say.SAVE_ENTERPRISE,
        code=record["companyCode"],
        name=f"蒲城县新建烟花爆竹经营有限公司（{record['companyCode'][-4:]}）",
        region=stage.offices[COUNTY]["regionId"],
    )
    stage.say(f"province-inspector将企业{record['companyCode']}补录到档案")
    stage.settle_inbox()
    if record["externalId"] in quarantined(stage, [record["externalId"]]):
        stage.duty.change(say.REPROCESS, ids=[record["id"]])
        stage.settle_inbox()
    if record["externalId"] in quarantined(stage, [record["externalId"]]):
        raise CannotGoOn(f"企业补录后，{record['externalId']}仍待人工处置。")
    stage.say(f"{record['externalId']}已重新处理，送达该企业")

"""What people do in the played week: patrol, spot-check, issue problems, rectify, feed back, review."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from ..played.client import CannotGoOn, Refused, Row, new_key
from ..played.stage import SHANGHAI
from . import documents as say
from .notebook import Case, Kind, Office, Party, city_of
from .stage import WeekStage, party_of

Meanwhile = Callable[[], object]

FOUND: Final = (
    ("ON_SITE_VIOLATION", "MAJOR", "插引工房现场作业人员超过核定人数"),
    ("DUTY_ABSENCE", "GENERAL", "夜间值班记录不全，缺少交接签字"),
    ("COMMITMENT_MISSING_OR_FALSE", "GENERAL", "承诺的药量与现场登记不一致"),
    ("CERTIFICATE", "GENERAL", "安全管理人员资格证未在现场公示"),
)
"""Category, severity and description of the problems that inspectors find, in turn."""


STEPS: Final = {
    "ACKNOWLEDGE": "签收",
    "RECTIFY": "开始整改",
    "REPORT_PROGRESS": "反馈整改进展",
    "FEED_BACK": "反馈最终结果",
    "CLOSE": "核查办结",
    "RETURN": "退回",
    "REQUEST_EXTENSION": "申请延期",
    "GRANT_EXTENSION": "批准延期",
    "REFUSE_EXTENSION": "不批准延期",
    "WITHDRAW": "撤回",
}


def statement(number: int, **changes: Any) -> Row:
    """The input of the n-th problem, with some fields changed."""
    category, severity, description = FOUND[number % len(FOUND)]
    return {"category": category, "severity": severity, "description": description} | changes


def patrol(
    stage: WeekStage, username: str, target: Office, *problems: Row, meanwhile: Meanwhile | None = None
) -> list[Case]:
    """Open a patrol, save it twice, refresh and submit it; `meanwhile` changes figures before the refresh."""
    player, office = stage.person(username), stage.office_of(username)
    key = new_key()
    draft = player.change(say.OPEN_PATROL, region=target.region_id, key=key)["inspection"]
    again = player.change(say.OPEN_PATROL, region=target.region_id, key=key)["inspection"]
    if again["id"] != draft["id"]:
        raise CannotGoOn("同一标识的巡查草稿出现了两份。")
    form: Row = {
        "dutyCheck": {"means": "VIDEO", "officer": "值班员", "onDuty": True},
        "observations": "查看了系统使用和值班情况",
        "conclusion": "PROBLEMS_ISSUED" if problems else "NO_PROBLEM_FOUND",
        "problems": list(problems),
    }
    return _carry_through(stage, username, draft, form, office, party_of(target), meanwhile)


def spot_check(
    stage: WeekStage, username: str, enterprise: Row, *problems: Row, rectified: str = ""
) -> list[Case]:
    """Answer every item of the checklist, and submit it.

    The first problem belongs to an item. `rectified` says what was put right on site at another item.
    """
    player, office = stage.person(username), stage.office_of(username)
    draft = player.change(say.OPEN_SPOT_CHECK, enterprise=enterprise["id"], key=new_key())["inspection"]
    items = player.ask(say.CHECKLIST, kind=enterprise["kind"])["checklist"]
    findings: list[Row] = [{"item": item["code"], "result": "OK", "note": "现场核对"} for item in items]
    if problems:
        findings[1] |= {"result": "NOT_OK", "note": problems[0]["description"], "problem": 1}
    if rectified:
        done = {"measures": rectified, "at": stage.now().isoformat()}
        findings[2] |= {"result": "NOT_OK", "note": "现场发现，当场整改", "rectified": done}
    fitting = "RECTIFIED_ON_SITE" if rectified else "NO_PROBLEM_FOUND"
    form = {
        "findings": findings,
        "observations": "现场检查工房、库房和台账",
        "conclusion": "PROBLEMS_ISSUED" if problems else fitting,
        "problems": list(problems),
    }
    return _carry_through(
        stage, username, draft, form, office, party_in(enterprise), on_site=int(bool(rectified))
    )


def refuse_contradiction(stage: WeekStage, username: str, enterprise: Row) -> None:
    """Try to submit 未发现问题 with an item that is not in order, then throw the draft away."""
    player = stage.person(username)
    draft = player.change(say.OPEN_SPOT_CHECK, enterprise=enterprise["id"], key=new_key())["inspection"]
    items = player.ask(say.CHECKLIST, kind=enterprise["kind"])["checklist"]
    findings = [{"item": item["code"], "result": "OK"} for item in items[:-1]]
    findings[1] |= {"result": "NOT_OK", "note": "工房多1人"}
    form = {"findings": findings, "observations": "夜间抽查", "conclusion": "NO_PROBLEM_FOUND"}
    kept = player.change(say.EDIT, id=draft["id"], revision=draft["revision"], form=form)["inspection"]
    try:
        player.change(say.SUBMIT_INSPECTION, id=draft["id"], revision=kept["revision"])
    except Refused as no:
        stage.notebook.refusals[no.code] += 1
        if no.code != "INVALID_FORM":
            raise
        stage.say(f"{username}：[yellow]{no.sentence}[/yellow] [dim]{no.code}[/dim]")
    else:
        raise CannotGoOn(f"{username}提交了自相矛盾的抽查表，却没有被拒绝。")
    player.change(say.DISCARD_INSPECTION, id=draft["id"], revision=kept["revision"])


def party_in(enterprise: Row) -> Party:
    """The enterprise as an inspected party."""
    return Party(enterprise["id"], enterprise["name"], Kind.SPOT_CHECK, city_of(enterprise["region"]))


def _carry_through(
    stage: WeekStage,
    username: str,
    draft: Row,
    form: Row,
    office: Office,
    party: Party,
    meanwhile: Meanwhile | None = None,
    on_site: int = 0,
) -> list[Case]:
    player = stage.person(username)
    half = form | {"conclusion": None, "problems": []}
    kept = player.change(say.EDIT, id=draft["id"], revision=draft["revision"], form=half)["inspection"]
    kept = player.change(say.EDIT, id=draft["id"], revision=kept["revision"], form=form)["inspection"]
    if meanwhile is not None:
        meanwhile()
    fresh = player.change(say.REFRESH, id=draft["id"], revision=kept["revision"])
    kept = fresh["inspection"]
    record = player.change(say.SUBMIT_INSPECTION, id=draft["id"], revision=kept["revision"])["inspection"]
    cases = stage.recorded(office, party, record["problems"], on_site)
    kind = "巡查" if party.kind is Kind.PATROL else "抽查"
    stage.say(f"{office.name}{kind}{party.name}：下发{len(cases)}个问题")
    for change in fresh["changes"]:
        stage.say(f"    提交前刷新：{change['label']}由{change['before']}变为{change['after']}")
    return cases


def look_at(stage: WeekStage, username: str, enterprise: Row) -> None:
    """Only open an enterprise's page; the notebook notes the view."""
    stage.person(username).ask(say.LOOK_AT, id=enterprise["id"])
    office = stage.office_of(username)
    stage.notebook.views.add((office.id, party_in(enterprise), stage.now().date()))
    stage.say(f"{office.name}查看了{enterprise['name']}的页面")


# ---------------------------------------------------------------- rectification


def carry(stage: WeekStage, username: str, case: Case, document: str, what: str, **more: Any) -> None:
    """Take one step of a problem, and note it. Raises Refused."""
    row = stage.person(username).change(document, id=case.id, revision=case.revision, **more)["problem"]
    stage.moved(case, row)
    stage.notebook.actions[what] += 1
    party, office = case.party, case.issuer
    who = party.name if stage.parties.get(username) == party.id else office.name
    stage.say(f"{who}{STEPS[what]}：{case.what}")


def acknowledge(stage: WeekStage, username: str, *cases: Case) -> None:
    for case in cases:
        carry(stage, username, case, say.ACKNOWLEDGE, "ACKNOWLEDGE")
        case.acknowledged = True


def rectify(stage: WeekStage, username: str, *cases: Case) -> None:
    for case in cases:
        carry(stage, username, case, say.RECTIFY, "RECTIFY")


def report_progress(stage: WeekStage, username: str, case: Case) -> None:
    planned = stage.now().date() + timedelta(days=2)
    feedback = {
        "situation": "已核实，情况属实",
        "measures": "已停止相关作业并组织整改",
        "progress": "已完成一半",
        "plannedOn": planned.isoformat(),
    }
    carry(stage, username, case, say.PROGRESS, "REPORT_PROGRESS", feedback=feedback)
    case.feedbacks.append((stage.now(), False))


def feed_back(stage: WeekStage, username: str, case: Case) -> None:
    feedback = {
        "situation": "已核实，情况属实",
        "measures": "已停止相关作业并组织整改",
        "outcome": "整改完毕，请予核查",
    }
    carry(stage, username, case, say.FEED_BACK, "FEED_BACK", feedback=feedback)
    case.feedbacks.append((stage.now(), True))


def close(stage: WeekStage, username: str, *cases: Case) -> None:
    for case in cases:
        carry(stage, username, case, say.CLOSE, "CLOSE", note="现场复核，整改到位")


def return_(stage: WeekStage, username: str, case: Case) -> None:
    until = (stage.now().date() + timedelta(days=3)).isoformat()
    carry(stage, username, case, say.RETURN, "RETURN", reason="照片看不清整改部位", rectifyOn=until)


def ask_for_time(stage: WeekStage, username: str, case: Case, days: int) -> None:
    until = (stage.now().date() + timedelta(days=days)).isoformat()
    reason = "更换配件需要厂家到场"
    carry(stage, username, case, say.REQUEST_EXTENSION, "REQUEST_EXTENSION", until=until, reason=reason)


def grant(stage: WeekStage, username: str, case: Case) -> None:
    carry(stage, username, case, say.GRANT_EXTENSION, "GRANT_EXTENSION", note="同意延期")


def refuse(stage: WeekStage, username: str, case: Case) -> None:
    carry(stage, username, case, say.REFUSE_EXTENSION, "REFUSE_EXTENSION", reason="可以先采取临时措施")


def withdraw(stage: WeekStage, username: str, case: Case) -> None:
    carry(stage, username, case, say.WITHDRAW, "WITHDRAW", reason="与已下发的问题重复")


def must_be_refused(
    stage: WeekStage, username: str, case: Case, document: str, code: str, **more: Any
) -> None:
    """Try a step that the rules forbid, and show the refusal. Raises CannotGoOn if it is accepted."""
    try:
        stage.person(username).change(document, id=case.id, revision=case.revision, **more)
    except Refused as no:
        stage.notebook.refusals[no.code] += 1
        if no.code != code:
            raise
        stage.say(f"{username}：[yellow]{no.sentence}[/yellow] [dim]{no.code}[/dim]")
    else:
        raise CannotGoOn(f"{username}做了不允许的操作，却没有被拒绝。")


def must_be_told_at_night(stage: WeekStage, before: int, major: Case, general: Case) -> None:
    """Check that only the major problem is told now, and that the general one's terms begin in the morning.

    `before` is how many texts the platform had received. Raises CannotGoOn if it is otherwise.
    """
    stage.settle_texts()
    told = [text["text"] or "" for text in stage.texts_received()[before:]]
    if sum("1项重大问题" in text for text in told) != 1 or any("一般问题" in text for text in told):
        raise CannotGoOn(f"夜间应只有1条重大问题的短信，现为：{told}")
    morning = (stage.now() + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    if not major.due["acknowledgeDue"] < morning < general.due["acknowledgeDue"]:
        raise CannotGoOn("夜间下发的一般问题，签收时限应自次日8:00起算；重大问题应自下发起算。")
    stage.say(f"重大问题已发短信：{told[-1]}")
    stage.say(
        f"一般问题的短信待免打扰结束，签收时限{general.due['acknowledgeDue'].astimezone(SHANGHAI):%m-%d %H:%M}"
    )

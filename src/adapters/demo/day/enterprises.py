"""What enterprises do in the played day: report, get refused, correct, read reminders, report late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

from ..played.client import CannotGoOn, Player, Refused, Row, new_key
from ..played.documents import MESSAGES
from .documents import ACCOUNTS, CORRECT, MY_ENTERPRISE, PREFILL, READ, SUBMIT
from .forms import contradicting, in_production, stopped
from .stage import DayStage, Habit, Head

TWENTY: Final = 20
"""An enterprise's place modulo twenty decides what it does today."""
HABITS: Final = {
    **dict.fromkeys((3, 11), Habit.SILENT),
    **dict.fromkeys((5, 14, 19), Habit.LATE),
    7: Habit.AFTERNOON,
}
OVERSTAFFED: Final = (2, 13)
IDLE: Final = (4, 10)
CORRECTING: Final = (6, 15)
DATE_MISTAKEN: Final = 0
IMPATIENT: Final = 1
CURIOUS: Final = 8
OUTSPOKEN: Final = 9
HASTY: Final = 16
"""These five are places in the list, not modulo twenty: one enterprise each is enough."""

Turn = Callable[[DayStage, Head], Sequence[str]]
"""What a head does; returns the facts to show."""


def cast(stage: DayStage) -> None:
    """Find the heads' accounts as the system administrator, and give each a habit."""
    accounts = [
        account
        for account in stage.person("system-admin").walk(ACCOUNTS, "accounts")
        if account["role"] == "ENTERPRISE_HEAD"
        and not account["disabled"]
        and not account["mustChangePassword"]
    ]
    names = sorted((account["username"] for account in accounts), key=lambda n: (n.startswith("ent-"), n))
    stage.heads = [
        Head(Player(stage.api, name, stage.password), place, HABITS.get(place % TWENTY, Habit.ON_TIME))
        for place, name in enumerate(names)
    ]
    if not stage.heads:
        raise CannotGoOn("没有企业负责人的账号：请先运行 yanbao seed。")
    habits = Counter(head.habit for head in stage.heads)
    stage.say("企业账号" + "，".join(f"{habit.value}{habits[habit]}家" for habit in Habit))


def with_habit(stage: DayStage, habit: Habit, part: int = 0, parts: int = 1) -> list[Head]:
    """All heads with a habit, or one of `parts` groups: not all report at the same time."""
    return [head for head in stage.heads if head.habit is habit][part::parts]


def play(stage: DayStage, title: str, heads: Sequence[Head], turn: Turn, *, most: int = 6) -> None:
    """Let each head take a turn; show the first `most` facts."""
    if not heads:
        return
    facts = [fact for said in stage.together(title, heads, lambda head: turn(stage, head)) for fact in said]
    for fact in facts[:most]:
        stage.say(fact)
    if len(facts) > most:
        stage.say(f"……另有{len(facts) - most}条")


# ---------------------------------------------------------------- turns


def report_on_time(stage: DayStage, head: Head) -> Sequence[str]:
    """Log in, read, fill in and submit; some make mistakes and are refused."""
    _look(stage, head)
    if head.state == "REPORTED_AUTOMATICALLY":
        if head.place != OUTSPOKEN:
            return ()
        # One head reports nevertheless: this replaces the automatic report.
        _submit(stage, head, stopped(_prefill(head), "OWN_DECISION"), late=False)
        return (f"[dim]{head.name}在停产期内已自动上报，负责人又自行上报，为第{head.revision}版[/dim]",)
    facts: list[str] = []
    if head.place == DATE_MISTAKEN:
        facts += _must_be_refused(stage, head, "NOT_TODAY", _tomorrow)
    if head.place == CURIOUS:
        facts += _must_be_refused(stage, head, "NOT_FOUND", _somebody_elses)
    prefill = _prefill(head)
    turn = head.place % TWENTY
    if turn in IDLE:
        _submit(stage, head, stopped(prefill, "OWN_DECISION"), late=False)
    elif turn in OVERSTAFFED:
        facts += _report_excess(stage, head, prefill)
    elif head.place == HASTY:
        facts += _contradict(stage, head, prefill)
    elif head.place == IMPATIENT:
        facts += _double_click(stage, head, in_production(head.kind, prefill))
    else:
        facts += _report(stage, head, prefill, late=False)
    return facts


def report_late(stage: DayStage, head: Head) -> Sequence[str]:
    """Log in after the deadline, read the reminder and report."""
    _look(stage, head)
    if head.state == "REPORTED_AUTOMATICALLY":
        return ()
    found = head.player.ask(MESSAGES)["viewer"]
    facts = [f"{head.name}收到“{one['title']}”：{one['body']}" for one in found["messages"]["nodes"][:1]]
    if not facts:
        raise CannotGoOn(f"{head.name}逾期未报，却没有收到应用消息。")
    head.player.change(READ, ids=[one["id"] for one in found["messages"]["nodes"]])
    return facts + list(_report(stage, head, _prefill(head), late=True))


def correct(stage: DayStage, head: Head) -> Sequence[str]:
    """Correct before the deadline; a second device with the old revision is refused with CONFLICT."""
    if head.state != "REPORTED" or head.status != "IN_PRODUCTION":
        return ()
    seen = head.revision
    form = in_production(head.kind, _prefill(head)) | {"topTemperature": 33}
    send_correction(stage, head, form)
    try:
        head.player.change(CORRECT, id=head.commitment_id, revision=seen, form=form)
    except Refused as no:
        _expect(stage, no, "CONFLICT")
        return (f"{head.name}更正为第{head.revision}版；另一台设备：[yellow]{no.sentence}[/yellow]",)
    raise CannotGoOn(f"{head.name}的旧页面覆盖了新版本。")


def send_correction(stage: DayStage, head: Head, form: Row) -> None:
    """Send a correction and note it. Raises Refused."""
    saved = head.player.change(CORRECT, id=head.commitment_id, revision=head.revision, form=form)
    stage.notebook.corrected(head.credit_code, form["status"])
    head.revision, head.state, head.status = head.revision + 1, "REPORTED", form["status"]
    if saved["commitment"]["revision"] != head.revision:
        raise CannotGoOn(f"{head.name}更正后应为第{head.revision}版，系统答复{saved['commitment']}。")


def correct_after_reopening(stage: DayStage, head: Head) -> None:
    """Try the correction that needs the county to re-open the commitment. Raises Refused before that."""
    prefill = _prefill(head)
    form = (
        in_production(head.kind, prefill) | {"topTemperature": 31}
        if head.status == "IN_PRODUCTION"
        else stopped(prefill, "RECTIFICATION")
    )
    send_correction(stage, head, form)


# ---------------------------------------------------------------- steps


def _look(stage: DayStage, head: Head) -> None:
    """Read what a head sees first, the enterprise and today's commitment, into `head`."""
    viewer = head.player.ask(MY_ENTERPRISE)["viewer"]
    enterprise, today = viewer["enterprise"], viewer["commitmentToday"]
    head.enterprise_id, head.credit_code = enterprise["id"], enterprise["creditCode"]
    head.name, head.kind = enterprise["name"], enterprise["kind"]
    if today is None or head.credit_code not in stage.notebook.pages:
        raise CannotGoOn(f"{head.name}今日没有应报的承诺。")
    head.commitment_id, head.state, head.revision = today["id"], today["state"], today["revision"]


def _prefill(head: Head) -> Row:
    found: Row = head.player.ask(PREFILL, enterprise=head.enterprise_id)["commitmentPrefill"]
    return found


def _submit(stage: DayStage, head: Head, form: Row, *, late: bool) -> Row:
    """Submit, and note it when it is accepted; returns the saved commitment. Raises Refused."""
    saved: Row = head.player.change(
        SUBMIT, enterprise=head.enterprise_id, day=stage.day.isoformat(), form=form
    )["commitment"]
    stage.notebook.submitted(head.credit_code, form["status"], late=late)
    head.revision, head.state, head.status = head.revision + 1, "REPORTED", form["status"]
    if saved["revision"] != head.revision or saved["late"] is not late:
        raise CannotGoOn(f"{head.name}上报后应为第{head.revision}版，系统答复{saved}。")
    return saved


def _report(stage: DayStage, head: Head, prefill: Row, *, late: bool) -> Sequence[str]:
    """Report as in production, or as stopped if the permit has expired."""
    try:
        _submit(stage, head, in_production(head.kind, prefill), late=late)
    except Refused as no:
        _expect(stage, no, "PERMIT_EXPIRED")
        _submit(stage, head, stopped(prefill, "PERMIT_EXPIRED"), late=late)
        return (f"{head.name}：[yellow]{no.sentence}[/yellow] 改按停产上报。",)
    return ()


def _report_excess(stage: DayStage, head: Head, prefill: Row) -> Sequence[str]:
    """Report more persons than approved: refused without an explanation, accepted with one."""
    try:
        _submit(stage, head, in_production(head.kind, prefill, too_many=2), late=False)
    except Refused as no:
        if no.code != "EXCESS_UNEXPLAINED":
            return _report(stage, head, prefill, late=False)
        _expect(stage, no, "EXCESS_UNEXPLAINED")
        why = "外来检修人员2人在非涉药区域作业，已登记并由专人陪同。"
        _submit(stage, head, in_production(head.kind, prefill, too_many=2, explanation=why), late=False)
        return (f"{head.name}：[yellow]{no.sentence}[/yellow] 已填写说明后上报。",)
    raise CannotGoOn(f"{head.name}在岗人数超过核定，没有说明也被接受。")


def _contradict(stage: DayStage, head: Head, prefill: Row) -> Sequence[str]:
    """Report in a hurry what contradicts itself: refused with every contradiction, accepted when mended."""
    form = in_production(head.kind, prefill)
    try:
        _submit(stage, head, contradicting(form), late=False)
    except Refused as no:
        if no.code == "PERMIT_EXPIRED":
            return _report(stage, head, prefill, late=False)
        _expect(stage, no, "INVALID_FORM")
        report = _submit(stage, head, form, late=False)["report"]
        return (
            f"{head.name}：[yellow]{no.sentence}[/yellow] 改正后上报。",
            f"系统生成的承诺内容（承诺人{report['promiser']['name']}）：{report['text']}",
        )
    raise CannotGoOn(f"{head.name}的承诺自相矛盾，也被接受。")


def _double_click(stage: DayStage, head: Head, form: Row) -> Sequence[str]:
    """Send the same mutation twice at once, with the same key: only one takes effect."""
    key = new_key()

    def click(_: int) -> str:
        try:
            saved = head.player.change(
                SUBMIT, enterprise=head.enterprise_id, day=stage.day.isoformat(), form=form, key=key
            )
        except Refused as no:
            return no.code
        return f"第{saved['commitment']['revision']}版"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(click, range(2)))
    if f"第{head.revision + 1}版" not in answers:
        if answers == ["PERMIT_EXPIRED"] * 2:
            return _report(stage, head, _prefill(head), late=False)
        raise CannotGoOn(f"{head.name}连点两次，答复为{answers}。")
    stage.notebook.submitted(head.credit_code, form["status"], late=False)
    head.revision, head.state, head.status = head.revision + 1, "REPORTED", form["status"]
    return (f"{head.name}连点两次提交，同一clientMutationKey只生效一次，答复：{'、'.join(answers)}",)


def _must_be_refused(
    stage: DayStage, head: Head, code: str, act: Callable[[DayStage, Head], None]
) -> Iterable[str]:
    try:
        act(stage, head)
    except Refused as no:
        _expect(stage, no, code)
        return (f"{head.name}：[yellow]{no.sentence}[/yellow] [dim]{no.code}[/dim]",)
    raise CannotGoOn(f"{head.name}本应被拒绝（{code}），却被接受。")


def _tomorrow(stage: DayStage, head: Head) -> None:
    form = stopped(_prefill(head), "OWN_DECISION")
    tomorrow = (stage.day + timedelta(days=1)).isoformat()
    head.player.change(SUBMIT, enterprise=head.enterprise_id, day=tomorrow, form=form)


def _somebody_elses(stage: DayStage, head: Head) -> None:
    """Submit with another enterprise's id, as if it were copied from a URL."""
    form = stopped(_prefill(head), "OWN_DECISION")
    other = next(h.enterprise_id for h in stage.heads if h.enterprise_id not in ("", head.enterprise_id))
    head.player.change(SUBMIT, enterprise=other, day=stage.day.isoformat(), form=form)


def _expect(stage: DayStage, no: Refused, code: str) -> None:
    stage.notebook.refused(no.code)
    if no.code != code:
        raise CannotGoOn(f"应以{code}拒绝，系统答复{no.code}：{no.sentence}")

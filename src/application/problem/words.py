"""The Chinese texts of in-app messages and SMS about problems; an SMS names no person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ...domain.deadlines import day_end, due_text
from ...domain.handling.terms import Mark, Phase
from ...domain.notice.notice import MessageKind
from ...domain.problem.form import CATEGORY_NAMES, SEVERITY_NAMES, ProblemOrigin, Severity
from ...domain.problem.history import TimelineEntry
from ...domain.problem.problem import MINISTRY_NAME, Problem
from ..handling.words import Words, listed, of_which, quoted

WORDS: Final[Mapping[MessageKind, Words]] = {
    MessageKind.PROBLEM_ISSUED: Words(
        "{sender}下发{severity}问题：{category}",
        "{sender}向{addressee}下发{severity}问题（{category}）：{description}"
        "请于{acknowledge}前签收，{feed_back}前反馈，{rectify}前完成整改。",
        "{sender}向{addressee}下发1项{severity}问题（{category}），{ask}。",
    ),
    MessageKind.PROBLEM_FED_BACK: Words(
        "{addressee}已反馈整改结果，待核查",
        "{addressee}已反馈“{category}”问题的整改结果：{outcome}请核查后办结或退回。",
        "{addressee}已反馈1项问题（{category}）的整改结果，请登录系统核查。",
    ),
    MessageKind.PROBLEM_CLOSED: Words(
        "问题已办结：{category}",
        "{reviewer}核查了{addressee}“{category}”问题的整改结果，予以办结。{note}",
        "{addressee}的1项问题（{category}）经核查已办结。",
    ),
    MessageKind.PROBLEM_RETURNED: Words(
        "问题已退回：{category}",
        "{reviewer}退回了{addressee}“{category}”问题的反馈，请于{rectify}前重新整改并反馈。{note}",
        "{addressee}的1项问题（{category}）经核查退回，请于{rectify}前重新整改并反馈结果。",
    ),
    MessageKind.PROBLEM_WITHDRAWN: Words(
        "问题已撤回：{category}",
        "{sender}撤回了向{addressee}下发的“{category}”问题，不再需要整改。{note}",
        "{sender}撤回了向{addressee}下发的1项问题（{category}），不再需要整改。",
    ),
    MessageKind.EXTENSION_REQUESTED: Words(
        "{addressee}申请延期，待审批",
        "{addressee}申请将“{category}”问题的整改期限延长至{until}，现期限为{rectify}。原因：{reason}",
        "{addressee}申请延长1项问题（{category}）的整改期限，请登录系统审批。",
    ),
    MessageKind.EXTENSION_GRANTED: Words(
        "延期已批准：{category}",
        "{reviewer}批准了{addressee}“{category}”问题的延期申请，请于{rectify}前完成整改。",
        "{addressee}的1项问题（{category}）延期已批准，请于{rectify}前完成整改并反馈结果。",
    ),
    MessageKind.EXTENSION_REFUSED: Words(
        "延期未批准：{category}",
        "{reviewer}未批准{addressee}“{category}”问题的延期申请，整改期限仍为{rectify}。{note}",
        "{addressee}的1项问题（{category}）延期未批准，整改期限仍为{rectify}。",
    ),
    MessageKind.PROBLEM_HANDED_OVER: Words(
        "部级平台问题转办至{addressee}：{category}",
        "{reviewer}将部级平台下发的{severity}问题（{category}）转办给{addressee}：{description}"
        "请{addressee}于{acknowledge}前签收，{feed_back}前反馈，{rectify}前完成整改。{note}",
        "{reviewer}将部级平台下发的1项{severity}问题（{category}）转办给{addressee}，{ask}。",
    ),
    MessageKind.PROBLEM_RESTATED: Words(
        "部级平台更新了问题：{category}",
        "部级平台更新了向{addressee}下发的{severity}问题（{category}）：{description}整改期限为{rectify}。{note}",
        "部级平台更新了向{addressee}下发的1项{severity}问题（{category}），整改期限为{rectify}，请登录系统查看。",
    ),
    MessageKind.PROBLEM_REOPENED: Words(
        "部级平台再次下发{severity}问题：{category}",
        "部级平台再次向{addressee}下发{severity}问题（{category}）：{description}"
        "请于{acknowledge}前签收，{feed_back}前反馈，{rectify}前完成整改。",
        "部级平台再次向{addressee}下发1项{severity}问题（{category}），{ask}。",
    ),
}

PHASE_WORDS: Final = {
    Phase.ACKNOWLEDGE: ("签收", "待签收", "未签收"),
    Phase.FEED_BACK: ("反馈", "待反馈", "未反馈"),
    Phase.RECTIFY: ("完成整改并反馈结果", "待整改", "未完成整改"),
}
"""For each phase: the words for what to do, what is still to do, and what was not done in time."""


def message_of(kind: MessageKind, problem: Problem, entry: TimelineEntry) -> tuple[str, str]:
    """Title and body of the message about a change of the problem."""
    words, facts = WORDS[kind], _facts(problem, entry.signed.at)
    facts["note"] = f"说明：{quoted(entry.note)}" if entry.note else ""
    return words.title.format_map(facts), words.body.format_map(facts)


def sms_of(kind: MessageKind, problems: Sequence[Problem], at: datetime) -> str:
    """The text of an SMS about a change, sent at `at`; only problems issued together share an SMS."""
    facts = _facts(problems[0], at)
    if len(problems) == 1:
        return WORDS[kind].sms.format_map(facts)
    major = sum(problem.statement.severity is Severity.MAJOR for problem in problems)
    majors = f"，其中重大{major}项" if major else ""
    return (
        "{sender}向{addressee}下发{number}项问题{of_which}，请登录系统签收，按期整改并反馈结果。".format_map(
            facts | {"number": str(len(problems)), "of_which": majors}
        )
    )


def reminder_of(problem: Problem, mark: Mark, from_above: bool) -> tuple[str, str]:
    """Title and body of a reminder, to the party that owes it or (`from_above`) to the department above."""
    _, left, missed = PHASE_WORDS[mark.term.phase]
    category = _category(problem)
    title = f"问题逾期{missed}：{category}" if mark.escalated else f"问题{left}：{category}"
    gone = "现已逾期" if mark.escalated else f"时限已过{mark.stage}"
    ask = "请督办" if from_above else "请尽快办理"
    return title, f"{_due(problem, mark)}，{gone}，{ask}。"


def reminder_sms(due: Sequence[tuple[Problem, Mark]], own: Collection[UUID]) -> str:
    """The text of a reminder SMS about everything that the receiver or a party below owes.

    `own` are those that the receiver's party has to handle; the receiver supervises the others (督办).
    """
    if len(due) == 1:
        (problem, mark), *_ = due
        own_ask = "请立即办理" if mark.escalated else "请尽快办理"
        ask = own_ask if problem.id in own else "请督办"
        gone = "现已逾期" if mark.escalated else f"时限已过{mark.stage}"
        return f"{_due(problem, mark)}，{gone}，{ask}。"
    everything = {problem.id for problem, _ in due}
    late = {problem.id for problem, mark in due if mark.escalated}
    names = listed(problem.addressee.name for problem, _ in due)
    if everything <= set(own):
        ask = "请登录系统办理"
    else:
        ask = "请登录系统督办" if everything.isdisjoint(own) else "请登录系统办理本单位的、督办其他的"
    return f"{len(everything)}项问题待办理{of_which(len(late), len(everything))}，{ask}：{names}。"


def _due(problem: Problem, mark: Mark) -> str:
    what, _, _ = PHASE_WORDS[mark.term.phase]
    due = due_text(mark.term.due, mark.at)
    return f"{problem.addressee.name}的“{_category(problem)}”问题应于{due}前{what}"


def _facts(problem: Problem, at: datetime) -> dict[str, str]:
    by_ministry = problem.origin is ProblemOrigin.MINISTRY
    acknowledge, feed_back, rectify = (due_text(term.due, at) for term in problem.terms)
    asked = problem.open_extension
    return {
        "sender": MINISTRY_NAME if by_ministry else problem.issuer.name,
        "reviewer": problem.issuer.name,
        "addressee": problem.addressee.name,
        "category": _category(problem),
        "severity": SEVERITY_NAMES[problem.statement.severity],
        "description": quoted(problem.statement.description),
        "outcome": quoted(problem.feedbacks[-1].form.outcome) if problem.feedbacks else "",
        "until": due_text(day_end(asked.until), at) if asked else "",
        "reason": quoted(asked.reason) if asked else "",
        "acknowledge": acknowledge,
        "ask": _ask(problem, at),
        "feed_back": feed_back,
        "rectify": rectify,
    }


def _ask(problem: Problem, at: datetime) -> str:
    """What an SMS about an issue asks for; sent after quiet hours, it names no time that has passed."""
    sign, _, rectify = problem.terms
    last = f"{due_text(rectify.due, at)}前完成整改并反馈结果"
    if rectify.overdue(at):
        return "整改期限已过，请立即整改并反馈结果"
    if problem.acknowledged:
        return f"请于{last}"
    if sign.overdue(at):
        return f"签收期限已过，请立即签收，并于{last}"
    return f"请于{due_text(sign.due, at)}前签收，{last}"


def _category(problem: Problem) -> str:
    """The category's name, without what the form adds in brackets."""
    return CATEGORY_NAMES[problem.category].partition("（")[0]


def review_of(problem: Problem, revision: int, at: datetime) -> tuple[str, str]:
    """Title and body of the message that nobody has looked at a feedback or an extension request."""
    facts = _facts(problem, at) | {
        "since": due_text(problem.timeline[revision - 1].signed.at, at),
        "inspector": f"（下发人：{problem.issued.name}）" if problem.issued.person_id else "",
    }
    if problem.open_extension is None:
        title = "{addressee}的反馈尚未查看，请安排核查"
        body = "{addressee}已于{since}反馈“{category}”问题的整改结果，至今无人查看{inspector}，请安排核查后办结或退回。"
    else:
        title = "{addressee}的延期申请尚未查看，请安排审批"
        body = (
            "{addressee}已于{since}申请将“{category}”问题的整改期限延长至{until}，"
            "至今无人查看{inspector}，请安排审批。"
        )
    return title.format_map(facts), body.format_map(facts)


def review_sms(problems: Sequence[Problem]) -> str:
    """The text of an SMS about feedback and extension requests at which nobody has looked."""
    first = problems[0]
    if len(problems) > 1:
        return (
            f"{len(problems)}项问题的反馈或延期申请至今无人查看，请登录系统安排核查、审批："
            f"{listed(problem.addressee.name for problem in problems)}。"
        )
    if first.open_extension is None:
        return (
            f"{first.addressee.name}已反馈1项问题（{_category(first)}）的整改结果，"
            "至今无人查看，请登录系统安排核查。"
        )
    return (
        f"{first.addressee.name}申请延长1项问题（{_category(first)}）的整改期限，"
        "至今无人查看，请登录系统安排审批。"
    )

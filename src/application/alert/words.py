"""The Chinese texts of in-app messages and SMS about alerts; an SMS names no person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ...domain.alert.alert import Alert
from ...domain.alert.form import (
    ALERT_KIND_NAMES,
    ALERT_LEVEL_NAMES,
    DUE_KIND_NAMES,
    RISK_TYPE_NAMES,
    VERIFICATION_NAMES,
    AlertLevel,
    AlertOrigin,
    DueKind,
)
from ...domain.alert.history import AlertEntry
from ...domain.alert.watch import Window
from ...domain.deadlines import due_text
from ...domain.directory.certificate import CERTIFICATE_NAMES, TRADE_NAMES, Certificate, CertificateKind
from ...domain.handling.terms import Mark, Phase
from ...domain.notice.notice import MessageKind
from ..handling.words import Words, listed, of_which, quoted

WORDS: Final[Mapping[MessageKind, Words]] = {
    MessageKind.ALERT_OPENED: Words(
        "{level}预警：{what}",
        "{sender}对{addressee}发出{level}预警（{what}）：{description}请于{acknowledge}前签收，{feed_back}前反馈处置结果。",
        "{sender}对{addressee}发出1项{level}预警（{what}），{ask}。",
    ),
    MessageKind.ALERT_RAISED: Words(
        "预警等级升高为{level}：{what}",
        "{addressee}的“{what}”预警{note}请于{feed_back}前反馈处置结果。",
        "{addressee}的1项预警（{what}）等级升高为{level}，{ask}。",
    ),
    MessageKind.ALERT_LOWERED: Words(
        "预警等级降低为{level}：{what}",
        "{addressee}的“{what}”预警{note}原定时限不变。",
        "{addressee}的1项预警（{what}）等级降低为{level}，原定时限不变。",
    ),
    MessageKind.ALERT_REOPENED: Words(
        "再次报警：{what}",
        "{addressee}的“{what}”预警解除后再次报警，等级{level}：{description}请于{acknowledge}前签收，{feed_back}前反馈处置结果。",
        "{addressee}的1项预警（{what}）解除后再次报警，等级{level}，{ask}。",
    ),
    MessageKind.ALERT_ENDED: Words(
        "预警已解除：{what}",
        "{addressee}的“{what}”预警已解除，不再需要处置。{note}",
        "{addressee}的1项预警（{what}）已解除，不再需要处置。",
    ),
    MessageKind.ALERT_FED_BACK: Words(
        "{addressee}已反馈预警处置结果，待核查",
        "{addressee}已反馈“{what}”预警的处置结果（核实为{verification}）：{outcome}请核查后办结或退回。",
        "{addressee}已反馈1项预警（{what}）的处置结果，请登录系统核查。",
    ),
    MessageKind.ALERT_CLOSED: Words(
        "预警已办结：{what}",
        "{reviewer}核查了{addressee}“{what}”预警的处置结果，予以办结。{note}",
        "{addressee}的1项预警（{what}）经核查已办结。",
    ),
    MessageKind.ALERT_RETURNED: Words(
        "预警已退回：{what}",
        "{reviewer}退回了{addressee}“{what}”预警的反馈，请于{feed_back}前重新处置并反馈。{note}",
        "{addressee}的1项预警（{what}）经核查退回，请于{feed_back}前重新处置并反馈结果。",
    ),
    MessageKind.ALERT_ESCALATED: Words(
        "预警提级督办：{what}",
        "{addressee}的“{what}”预警已提级，现由{reviewer}核查督办。{note}",
        "{addressee}的1项预警（{what}）已提级，现由{reviewer}核查督办。",
    ),
}

PHASE_WORDS: Final = {Phase.ACKNOWLEDGE: "签收", Phase.FEED_BACK: "反馈处置结果"}
"""For each phase: the words for what to do."""


def level_word(level: AlertLevel) -> str:
    """The colour alone, as it stands before 预警."""
    return ALERT_LEVEL_NAMES[level].partition("（")[0]


def what_of(alert: Alert) -> str:
    """What the alert is about, in a few words."""
    statement = alert.statement
    if statement.risk_type is not None:
        return RISK_TYPE_NAMES[statement.risk_type]
    if statement.due is not None:
        return "证书" + DUE_KIND_NAMES[statement.due.kind]
    return ALERT_KIND_NAMES[statement.kind]


def message_of(kind: MessageKind, alert: Alert, entry: AlertEntry) -> tuple[str, str]:
    """Title and body of the message about a change of the alert."""
    words, facts = WORDS[kind], _facts(alert, entry.signed.at)
    changed = kind in {MessageKind.ALERT_RAISED, MessageKind.ALERT_LOWERED}
    facts["note"] = (quoted(entry.note) if changed else f"说明：{quoted(entry.note)}") if entry.note else ""
    return words.title.format_map(facts), words.body.format_map(facts)


def sms_of(kind: MessageKind, alert: Alert, at: datetime) -> str:
    """The text of an SMS about a change, sent at `at`."""
    return WORDS[kind].sms.format_map(_facts(alert, at))


def reminder_of(alert: Alert, mark: Mark, from_above: bool) -> tuple[str, str]:
    """Title and body of the message about a reached mark; `from_above`: for the department above."""
    what, whom = PHASE_WORDS[mark.term.phase], alert.addressee.name
    state = "已逾期" if mark.escalated else "即将到期"
    title = f"{whom}预警{what}{state}" if from_above else f"预警{what}{state}"
    gone = "现已逾期" if mark.escalated else f"时限已过{mark.stage}"
    ask = "请督办" if from_above else "请尽快办理"
    return title, f"{_due(alert, mark)}，{gone}，{ask}。"


def reminder_sms(due: Sequence[tuple[Alert, Mark]], own: Collection[UUID]) -> str:
    """The text of a reminder SMS about everything that the receiver or an enterprise below owes.

    `own` are those that the receiver's enterprise has to handle; the receiver supervises the others (督办).
    """
    if len(due) == 1:
        (alert, mark), *_ = due
        own_ask = "请立即办理" if mark.escalated else "请尽快办理"
        gone = "现已逾期" if mark.escalated else f"时限已过{mark.stage}"
        return f"{_due(alert, mark)}，{gone}，{own_ask if alert.id in own else '请督办'}。"
    everything = {alert.id for alert, _ in due}
    late = {alert.id for alert, mark in due if mark.escalated}
    names = listed(alert.addressee.name for alert, _ in due)
    ask = "请登录系统办理" if everything <= set(own) else "请登录系统督办"
    return f"{len(everything)}项预警待办理{of_which(len(late), len(everything))}，{ask}：{names}。"


def review_of(alert: Alert, revision: int, at: datetime) -> tuple[str, str]:
    """Title and body of the message that nobody has looked at a feedback."""
    facts = _facts(alert, at) | {"since": due_text(alert.timeline[revision - 1].signed.at, at)}
    title = "{addressee}的预警反馈尚未查看，请安排核查"
    body = "{addressee}已于{since}反馈“{what}”预警的处置结果，至今无人查看，请安排核查后办结或退回。"
    return title.format_map(facts), body.format_map(facts)


def review_sms(alerts: Sequence[Alert]) -> str:
    """The text of an SMS about feedback at which nobody has looked."""
    first = alerts[0]
    if len(alerts) > 1:
        names = listed(alert.addressee.name for alert in alerts)
        return f"{len(alerts)}项预警的反馈至今无人查看，请登录系统安排核查：{names}。"
    return f"{first.addressee.name}已反馈1项预警（{what_of(first)}）的处置结果，至今无人查看，请登录系统安排核查。"


# ---------------------------------------------------------------- certificates


def expiry_words(certificate: Certificate, window: Window, today: date) -> str:
    """How a certificate stands today: 将于…到期（剩30天）, 今日到期, or 已于…到期（逾期7天）; no number, no name."""
    due, left = window.due, (window.due.due_on - today).days
    name = CERTIFICATE_NAMES[certificate.kind]
    what = DUE_KIND_NAMES[due.kind]
    day = f"{due.due_on.year}年{due.due_on.month}月{due.due_on.day}日"
    if left > 0:
        return f"{name}将于{day}{what}（剩{left}天）"
    if left == 0:
        return f"{name}今日{what}"
    return f"{name}已于{day}{what}（逾期{-left}天）"


def statement_of(certificate: Certificate, window: Window, today: date, holder: str) -> str:
    """What the alert of a certificate says in the app: with the holder's name, the trade and the number."""
    whose = f"{holder}的" if holder else ""
    trade = ""
    if certificate.kind is CertificateKind.SPECIAL_OPERATION_CARD:
        trade = "，未登记作业类别" if certificate.trade is None else f"，{TRADE_NAMES[certificate.trade]}"
    return f"{whose}{expiry_words(certificate, window, today)}{trade}，证书编号{certificate.number}。"


def expiring_of(enterprise: str, certificate: Certificate, window: Window, today: date) -> tuple[str, str]:
    """Title and body of the message about a window that has come."""
    said = expiry_words(certificate, window, today)
    ask = "请立即停止相关作业并办理" if window.days <= 0 else "请及时办理"
    renew = "复审" if window.due.kind is DueKind.REVIEW else "延期换证"
    return f"{enterprise}{said}", f"{enterprise}的{said}，{ask}{renew}。"


# ---------------------------------------------------------------- parts


def _due(alert: Alert, mark: Mark) -> str:
    due = due_text(mark.term.due, mark.at)
    whom, what = alert.addressee.name, what_of(alert)
    return f"{whom}的{level_word(alert.level)}预警（{what}）应于{due}前{PHASE_WORDS[mark.term.phase]}"


def _facts(alert: Alert, at: datetime) -> dict[str, str]:
    acknowledge, feed_back = (due_text(term.due, at) for term in alert.terms)
    found = alert.verification
    return {
        "sender": "部级平台" if alert.origin is AlertOrigin.MINISTRY else "本系统",
        "reviewer": alert.reviewer.name,
        "addressee": alert.addressee.name,
        "level": level_word(alert.level),
        "what": what_of(alert),
        "description": quoted(alert.statement.description),
        "outcome": quoted(alert.feedbacks[-1].form.outcome) if alert.feedbacks else "",
        "verification": "" if found is None else VERIFICATION_NAMES[found],
        "acknowledge": acknowledge,
        "feed_back": feed_back,
        "ask": _ask(alert, at),
    }


def _ask(alert: Alert, at: datetime) -> str:
    """What an SMS asks for; sent after quiet hours, it names no time that has passed."""
    sign, answer = alert.terms
    if answer.overdue(at):
        return "反馈时限已过，请立即处置并反馈结果"
    last = f"{due_text(answer.due, at)}前反馈处置结果"
    if alert.acknowledged:
        return f"请于{last}"
    if sign.overdue(at):
        return f"签收时限已过，请立即签收，并于{last}"
    return f"请于{due_text(sign.due, at)}前签收，{last}"

"""Renders the part of docs/workflow.md about alerts."""

from __future__ import annotations

from ...domain.alert.alert import Alert
from ...domain.alert.form import ALERT_ORIGIN_NAMES, AlertOrigin
from ...domain.alert.recipients import alert_recipients_of, alert_reminder_recipients_of
from ...domain.alert.workflow import (
    ALERT_ACTION_NAMES,
    ALERT_CARRIERS,
    ALERT_PARTY_NAMES,
    ALERT_STATE_NAMES,
    ALERT_TRANSITIONS,
    AlertAction,
)
from ...domain.handling.recipients import RECIPIENT_NAMES, Recipient
from .markdown import HOW_TO_READ, cell, method_doc, named, section, state_table, table


def alert_section() -> str:
    """States and actions of an alert, who carries each action, and who is told."""
    actions = [
        [
            named(action, ALERT_ACTION_NAMES),
            ALERT_PARTY_NAMES[ALERT_CARRIERS[action]],
            cell(method_doc(Alert, action)),
        ]
        for action in AlertAction
        if action in ALERT_CARRIERS
    ]
    return section(
        "## 证书报警、风险报警 · Alert",
        f"Source: `ALERT_TRANSITIONS` in `src/domain/alert/workflow.py`. {HOW_TO_READ} RAISE, LOWER, RESTATE, "
        "REOPEN and END are done by the source of the alert: the ministry, or our certificate watch.",
        state_table(ALERT_TRANSITIONS, ALERT_STATE_NAMES, ALERT_ACTION_NAMES, "报警"),
        "Each action of a person, whose it is, and what the state table cannot say:",
        table(["操作 Action", "谁 Who", "说明 Rule"], actions),
        "Who is told, by where the alert comes from. What the watch itself states is told by its windows, merged "
        "per person. Source: `src/domain/alert/recipients.py`.",
        _told(),
    )


def _told() -> str:
    occasions = [
        (name, [alert_recipients_of(action, origin) for origin in AlertOrigin])
        for action, name in [
            (None, "报警 opened"),
            *((action, named(action, ALERT_ACTION_NAMES)) for action in AlertAction),
        ]
    ]
    occasions += [
        (name, [alert_reminder_recipients_of(origin, escalated=late) for origin in AlertOrigin])
        for name, late in (("提醒 reminder", False), ("逾期提醒 overdue", True))
    ]
    rows = [
        [name, *("、".join(RECIPIENT_NAMES[who] for who in Recipient if who in told) for told in columns)]
        for name, columns in occasions
        if any(columns)
    ]
    return table(["何时 When", *ALERT_ORIGIN_NAMES.values()], rows)

"""The tables that the system goes by have a row for everything: nothing is allowed, and nothing follows, by silence."""

from __future__ import annotations

import ast
from typing import Any, get_args

import pytest

from yanbao.application.access import RULES, Permission
from yanbao.application.alert.commands import ALERT_STEPS, AlertCommand
from yanbao.application.alert.telling import KINDS as ALERT_KINDS
from yanbao.application.commitment.commitments import PERMISSIONS
from yanbao.application.inspection.inspections import PERMISSIONS as INSPECTION_PERMISSIONS
from yanbao.application.problem.commands import PERMISSIONS as PROBLEM_PERMISSIONS
from yanbao.application.problem.commands import STEPS, ProblemCommand
from yanbao.application.problem.telling import KINDS, STILL_TRUE
from yanbao.application.problem.words import WORDS
from yanbao.application.reactions import REACTIONS
from yanbao.application.still_owed import STILL_OWED
from yanbao.domain.alert.workflow import ALERT_CARRIERS, ALERT_TRANSITIONS, AlertState
from yanbao.domain.commitment.commitment import (
    ACTION_NAMES,
    STATE_NAMES,
    TRANSITIONS,
    Commitment,
    CommitmentAction,
    CommitmentState,
)
from yanbao.domain.directory.organisation import LEVEL_NAMES, ROLE_NAMES, Level, Role
from yanbao.domain.directory.shutdown import PERIOD_SOURCE_NAMES, PeriodSource
from yanbao.domain.events import Event
from yanbao.domain.export.job import ExportJob
from yanbao.domain.export.kind import EXPORT_KIND_NAMES, ExportKind
from yanbao.domain.export.workflow import (
    EXPORT_ACTION_NAMES,
    EXPORT_STATE_NAMES,
    EXPORT_TRANSITIONS,
    ExportAction,
    ExportState,
)
from yanbao.domain.handling.parties import Party
from yanbao.domain.inspection.inspection import INSPECTION_TRANSITIONS, Inspection, InspectionAction
from yanbao.domain.notice.notice import (
    MESSAGE_KIND_NAMES,
    SMS_STATE_NAMES,
    MessageKind,
    ReminderTopic,
    SmsState,
)
from yanbao.domain.policy import (
    SETTING_DIRECTION_NAMES,
    SETTING_FORM_NAMES,
    SETTINGS,
    SettingDirection,
    SettingForm,
    SettingKey,
)
from yanbao.domain.problem.recipients import UNTOLD
from yanbao.domain.problem.workflow import CARRIERS, ProblemAction
from yanbao.domain.refusals import Refused
from yanbao.domain.report.report import REPORT_KIND_NAMES, ReportKind
from yanbao.domain.supervision import SETTING_CHANGE_NAMES, SettingChangeKind

from .sources import SRC, classes, parsed, python_files


def test_every_command_has_a_rule() -> None:
    assert set(RULES) == set(Permission)


def test_somebody_may_do_everything() -> None:
    nobody = [command for command, rule in RULES.items() if not rule.roles and not rule.system]
    assert nobody == []


def test_every_command_is_asked_about_somewhere() -> None:
    asked = {
        node.attr
        for path in python_files("application")
        if path.name != "access.py"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Permission"
    }
    assert {command.name for command in Permission} - asked == set()


def test_every_event_has_an_entry_in_the_reactions() -> None:
    assert set(REACTIONS) == set(get_args(Event))


def test_every_fact_in_the_book_of_events_is_an_event() -> None:
    books = [path for path in python_files("domain") if path.name == "events.py"]
    facts = {kind for path in books for kind in classes(path.relative_to(SRC).as_posix())}
    assert facts == set(get_args(Event))


def test_every_action_on_a_commitment_has_a_command_and_a_method() -> None:
    assert set(PERMISSIONS) == set(CommitmentAction)
    assert {action for _, action in TRANSITIONS} == set(CommitmentAction)
    for action in CommitmentAction:
        assert callable(getattr(Commitment, action.value.lower()))


def test_every_action_on_an_inspection_has_a_command_and_a_method() -> None:
    assert (
        set(INSPECTION_PERMISSIONS)
        == {action for _, action in INSPECTION_TRANSITIONS}
        == set(InspectionAction)
    )
    for action in InspectionAction:
        assert callable(getattr(Inspection, action.value.lower()))


def test_every_action_on_an_export_has_a_method_and_every_state_can_be_reached() -> None:
    assert {action for _, action in EXPORT_TRANSITIONS} == set(ExportAction)
    assert set(EXPORT_TRANSITIONS.values()) == set(ExportState)
    for action in ExportAction:
        assert callable(getattr(ExportJob, action.value.lower()))


def test_every_action_on_a_problem_has_a_command() -> None:
    by_people = {action for action in ProblemAction if CARRIERS[action] is not Party.MINISTRY}
    assert set(PROBLEM_PERMISSIONS) == by_people
    assert len(set(PROBLEM_PERMISSIONS.values())) == len(by_people)


def test_every_change_of_a_problem_that_somebody_is_told_of_has_its_words() -> None:
    told = {action for action in (None, *ProblemAction) if action not in UNTOLD}
    assert set(KINDS) == told
    assert set(KINDS.values()) == set(WORDS) == set(STILL_TRUE)


def test_every_kind_of_sms_is_checked_again_before_it_is_sent() -> None:
    problems = {*KINDS.values(), MessageKind.PROBLEM_REMINDER, MessageKind.REVIEW_WAITING}
    stops = {MessageKind.SHUTDOWN_ENDING, MessageKind.SHUTDOWN_ANNULLED}
    alerts = {
        *ALERT_KINDS.values(),
        *(MessageKind.ALERT_REMINDER, MessageKind.ALERT_REVIEW_WAITING, MessageKind.CERTIFICATE_EXPIRING),
    }
    assert set(STILL_OWED) == problems | alerts | stops | {ReminderTopic.kind}


def test_every_command_on_a_problem_is_a_step_of_its_own() -> None:
    commands = {
        kind for kind in classes("application/problem/commands.py") if issubclass(kind, ProblemCommand)
    }
    assert set(STEPS) == commands - {ProblemCommand}
    assert len({step.action for step in STEPS.values()}) == len(STEPS)


def test_every_command_on_an_alert_is_a_step_of_its_own() -> None:
    commands = {kind for kind in classes("application/alert/commands.py") if issubclass(kind, AlertCommand)}
    assert set(ALERT_STEPS) == commands - {AlertCommand}
    assert {step.action for step in ALERT_STEPS.values()} == set(ALERT_CARRIERS)


def test_every_state_of_an_alert_can_be_reached() -> None:
    assert set(ALERT_TRANSITIONS.values()) == set(AlertState)


def test_every_state_of_a_commitment_can_be_reached() -> None:
    assert set(TRANSITIONS.values()) | {CommitmentState.OWED} == set(CommitmentState)


@pytest.mark.parametrize(
    ("members", "names"),
    [
        (CommitmentState, STATE_NAMES),
        (CommitmentAction, ACTION_NAMES),
        (SmsState, SMS_STATE_NAMES),
        (MessageKind, MESSAGE_KIND_NAMES),
        (Role, ROLE_NAMES),
        (Level, LEVEL_NAMES),
        (SettingKey, SETTINGS),
        (SettingForm, SETTING_FORM_NAMES),
        (SettingDirection, SETTING_DIRECTION_NAMES),
        (SettingChangeKind, SETTING_CHANGE_NAMES),
        (PeriodSource, PERIOD_SOURCE_NAMES),
        (ReportKind, REPORT_KIND_NAMES),
        (ExportKind, EXPORT_KIND_NAMES),
        (ExportState, EXPORT_STATE_NAMES),
        (ExportAction, EXPORT_ACTION_NAMES),
    ],
)
def test_every_value_has_its_entry(members: Any, names: Any) -> None:
    assert set(names) == set(members)


def test_every_refusal_has_a_code_of_its_own() -> None:
    refusals = [kind for kind in classes("domain", "application") if issubclass(kind, Refused)]
    codes = [kind.code for kind in refusals]
    assert sorted(codes) == sorted(set(codes))
    assert [code for code in codes if not code.isupper()] == []
    assert [kind.__name__ for kind in refusals if "code" not in vars(kind)] == []

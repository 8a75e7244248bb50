"""Translates changes in the handling of problems and alerts into the ministry's records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from ...application.ports.exchange import RecordKind
from .facts import Facts, exactly
from .outbound_profile import ALERT_FIELDS, PROBLEM_FIELDS
from .profile import Profile

_MADE_HERE: Final = frozenset({"id", "local_region_code"})
PROBLEM_FACTS: Final = PROBLEM_FIELDS - _MADE_HERE
"""The exact set of keys in the facts of a change of a problem."""
ALERT_FACTS: Final = ALERT_FIELDS - _MADE_HERE
"""The exact set of keys in the facts of a change of an alert."""


def result_record(
    kind: RecordKind, record_id: UUID, facts: Mapping[str, Any], profile: Profile
) -> dict[str, Any]:
    """Translate one change of a problem or an alert; `kind` is PROBLEM or ALERT.

    `facts` of both: external_id str · revision ≥ 1 · at ISO with offset · handler, note: str · region_code
    6 digits · late: bool · credit_code, situation, measure, progress: str|None · plan_date YYYY-MM-DD|None ·
    is_finish: bool|None. PROBLEM also: kind PATROL|SPOT_CHECK · action (a ProblemAction, or RECEIVED) · state
    (a ProblemState) · rectify_due ISO · delay_info str|None · delay_date YYYY-MM-DD|None. ALERT also: kind, origin, level,
    state, verification: values of their enums, verification may be None · action (an AlertAction, or OPENED) · local_id
    · certificate_number str|None; its external_id may be None. Raises Untranslatable for anything else.
    """
    of_problem = kind is RecordKind.PROBLEM
    exactly("facts", facts, PROBLEM_FACTS if of_problem else ALERT_FACTS)
    given = Facts(facts, profile)
    values: dict[str, Any] = {
        "id": str(record_id),
        "revision": given.count("revision", least=1),
        "at": given.moment("at"),
        "late": given.flag("late"),
        "is_finish": given.maybe_flag("is_finish"),
        "plan_date": given.maybe_day("plan_date"),
    }
    values |= given.regions()
    values |= {name: given.text(name) for name in ("handler", "note")}
    values |= {name: given.maybe_text(name) for name in ("credit_code", "situation", "measure", "progress")}
    values |= _of_problem(given) if of_problem else _of_alert(given)
    return named(kind, values, profile)


def named(kind: RecordKind, values: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """The values under the ministry's names; a fact without a field is not sent, nor a field without a value."""
    fields = profile.outbound.records[kind].fields
    return {name: values[fact] for fact, names in fields.items() if fact in values for name in names}


def _of_problem(given: Facts) -> dict[str, Any]:
    return {
        "external_id": given.text("external_id"),
        "kind": given.code("kind", "problem_kind"),
        "action": given.code("action", "problem_action"),
        "state": given.code("state", "problem_state"),
        "rectify_due": given.moment("rectify_due"),
        "delay_info": given.maybe_text("delay_info"),
        "delay_date": given.maybe_day("delay_date"),
    }


def _of_alert(given: Facts) -> dict[str, Any]:
    return {
        "external_id": given.maybe_text("external_id"),
        "local_id": given.text("local_id"),
        "origin": given.code("origin", "alert_origin"),
        "kind": given.code("kind", "alert_kind"),
        "action": given.code("action", "alert_action"),
        "state": given.code("state", "alert_state"),
        "level": given.code("level", "alert_level"),
        "verification": given.maybe_code("verification"),
        "certificate_number": given.maybe_text("certificate_number"),
    }

"""Writes problems and warnings as the ministry would send them: the inverse of reading, for simulator and samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from ...application.ports.inbound import MinistryProblem, MinistryWarning
from ...domain.alert.form import AlertLevel
from ...domain.exchange.inbound import InboundKind
from .inbound_profile import Ended, Version
from .profile import Profile

_Coded = TypeVar("_Coded")


def problem_record(kind: InboundKind, problem: MinistryProblem, profile: Profile) -> dict[str, Any]:
    """The record of a problem. Raises ValueError for what the profile has no code for."""
    form, codes = profile.inbound.problem_form(kind), profile.inbound.codes
    names = form.fields
    return _named(
        {
            names.external_id: problem.external_id,
            names.version: _version(problem.version, profile),
            names.area_code: _area(problem.area_code, profile),
            names.company_code: problem.company_code,
            names.category: _code(problem.category, codes.category),
            names.severity: _code(problem.severity, codes.severity),
            names.description: problem.description,
            names.rectify_on: _day(problem.rectify_on, profile),
            names.found_at: profile.write_time(problem.found_at),
            names.withdrawn: _over(problem.withdrawn, form.withdrawn, problem.found_at, profile),
            names.withdrawn_reason: problem.withdrawn,
        }
    )


def warning_record(
    warning: MinistryWarning,
    profile: Profile,
    *,
    last_level: AlertLevel | None = None,
    ended_at: datetime | None = None,
) -> dict[str, Any]:
    """The record of a warning; `last_level` is that of the version before, `ended_at` when it ended.

    Raises ValueError for what the profile has no code for.
    """
    form, codes = profile.inbound.warning, profile.inbound.codes
    names = form.fields
    return _named(
        {
            names.external_id: warning.external_id,
            names.version: _version(warning.version, profile),
            names.area_code: _area(warning.area_code, profile),
            names.company_code: warning.company_code,
            names.kind: _code(warning.kind, codes.alert_kind),
            names.rank: _code(warning.level, codes.level),
            names.last_rank: None if last_level is None else _code(last_level, codes.level),
            names.risk_type: None if warning.risk_type is None else _code(warning.risk_type, codes.risk_type),
            names.description: warning.description,
            names.value: warning.value or None,
            names.occurred_at: profile.write_time(warning.occurred_at),
            names.certificate_number: warning.certificate_number,
            names.expires_on: _day(warning.expires_on, profile),
            names.ended: _over(warning.ended, form.ended, ended_at or warning.occurred_at, profile),
            names.ended_reason: warning.ended,
            names.reason: warning.reason or None,
        }
    )


def stated_message(
    kind: InboundKind,
    records: Sequence[Mapping[str, Any]],
    profile: Profile,
    *,
    message_id: str,
    sent_at: datetime,
) -> dict[str, Any]:
    """The message around records; seal it with `Wire.sealed`. `sent_at` is aware."""
    keys = profile.envelope
    return {
        keys.message_id: message_id,
        keys.message_type: profile.inbound.addresses[kind].message_type,
        keys.area_code: profile.area_code,
        keys.sent_at: profile.write_time(sent_at),
        keys.data: list(records),
    }


def _named(values: Mapping[str | None, Any]) -> dict[str, Any]:
    """Without the facts for which the profile has no field."""
    return {name: value for name, value in values.items() if name is not None}


def _version(version: int, profile: Profile) -> int | str:
    """The number itself; or the time whose digits it is, such as 20261130102030."""
    if profile.inbound.version is Version.NUMBER:
        return version
    return profile.write_time(
        datetime.strptime(str(version), "%Y%m%d%H%M%S").replace(tzinfo=profile.timezone)
    )


def _area(area: str | None, profile: Profile) -> str | None:
    """Our own code of a region as the code of GB/T 2260 for which the profile gives it."""
    for gb, local in profile.inbound.local_regions.items():
        if local == area:
            return gb
    return area


def _code(value: _Coded, table: Mapping[_Coded, str]) -> str:
    if value not in table:
        raise ValueError(f"the profile has no code for {value}")
    return table[value]


def _day(day: date | None, profile: Profile) -> str | None:
    return None if day is None else profile.write_day(day)


def _over(why: str | None, how: Ended, at: datetime, profile: Profile) -> str | None:
    if how is Ended.FLAG:
        return profile.inbound.codes.flag["false" if why is None else "true"]
    return None if why is None else profile.write_time(at)

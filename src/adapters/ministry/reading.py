"""Reads what the ministry sends by a profile: strictly, so that whatever is odd is refused and named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ...application.ports.inbound import (
    MinistryProblem,
    MinistryWarning,
    ReadMessage,
    UnfitRecord,
    UnreadableMessage,
)
from ...domain.alert.form import AlertKind, AlertLevel, RiskType
from ...domain.exchange.inbound import LONGEST_EXTERNAL_ID, InboundKind, RecordFault
from ...domain.problem.form import ProblemCategory, Severity
from .fields import Fields
from .inbound_profile import Ended, Version
from .profile import Profile
from .wire import Wire

LARGEST_VERSION: Final = 10**15
WITHDRAWN: Final = "部级平台已撤回。"
"""The reason of a withdrawal for which the ministry gives none."""
ENDED: Final = "部级平台已解除。"
"""The reason of an end for which the ministry gives none."""


class ProfileReader:
    """MinistryReader by a profile. Times are read in the profile's zone; keys that it does not name are ignored."""

    def __init__(self, profile: Profile, wire: Wire) -> None:
        self._profile = profile
        self._wire = wire

    def message(self, kind: InboundKind, raw: bytes) -> ReadMessage:
        """See the port. At most `inbound.batch` records; a polled page may have none."""
        keys, most = self._profile.envelope, self._profile.inbound.batch
        message = self._wire.opened(raw)
        named = message.get(keys.message_id)
        if not isinstance(named, str) or not 1 <= len(named) <= LONGEST_EXTERNAL_ID:
            raise UnreadableMessage(f"{keys.message_id} is no text of 1 to {LONGEST_EXTERNAL_ID} characters")
        if message.get(keys.message_type) != self._profile.inbound.addresses[kind].message_type:
            raise UnreadableMessage(f"{keys.message_type} is not that of this address")
        records = message.get(keys.data)
        if not isinstance(records, list) or len(records) > most:
            raise UnreadableMessage(f"{keys.data} is no list of at most {most} records")
        if not all(isinstance(one, dict) for one in records):
            raise UnreadableMessage(f"{keys.data} holds something that is no object")
        return ReadMessage(named, records)

    def identity(self, kind: InboundKind, content: Mapping[str, Any]) -> tuple[str, int]:
        """See the port."""
        names = self._names(kind)
        fields = Fields(content, self._profile)
        external_id = fields.text(names.external_id, longest=LONGEST_EXTERNAL_ID)
        if external_id != external_id.strip():
            raise UnfitRecord(RecordFault.MALFORMED, f"字段{names.external_id}首尾不得有空格")
        if self._profile.inbound.version is Version.TIME:
            return external_id, time_version(fields.time(names.version), self._profile)
        return external_id, fields.whole(names.version, least=1, most=LARGEST_VERSION)

    def problem(self, kind: InboundKind, content: Mapping[str, Any]) -> MinistryProblem:
        """See the port."""
        external_id, version = self.identity(kind, content)
        form = self._profile.inbound.problem_form(kind)
        names, codes = form.fields, self._profile.inbound.codes
        fields = Fields(content, self._profile)
        area, company = fields.place(
            names.area_code,
            names.company_code,
            needs_area=kind is InboundKind.PATROL_PROBLEM,
            needs_company=kind is InboundKind.SPOT_CHECK_PROBLEM,
        )
        category: ProblemCategory = fields.code(names.category, codes.category)
        severity: Severity = fields.code(names.severity, codes.severity)
        return MinistryProblem(
            external_id=external_id,
            version=version,
            area_code=area,
            company_code=company,
            category=category,
            severity=severity,
            description=fields.text(names.description, longest=self._profile.inbound.longest_description),
            rectify_on=fields.maybe_day(names.rectify_on),
            found_at=fields.time(names.found_at),
            withdrawn=self._over(fields, names.withdrawn, form.withdrawn, names.withdrawn_reason, WITHDRAWN),
        )

    def warning(self, content: Mapping[str, Any]) -> MinistryWarning:
        """See the port."""
        external_id, version = self.identity(InboundKind.WARNING, content)
        form, codes = self._profile.inbound.warning, self._profile.inbound.codes
        names, fields = form.fields, Fields(content, self._profile)
        area, company = fields.place(names.area_code, names.company_code, needs_company=True)
        assert company is not None, "it is needed"
        kind: AlertKind = fields.code(names.kind, codes.alert_kind)
        level: AlertLevel = fields.code(names.rank, codes.level)
        risk_type: RiskType | None = fields.maybe_code(names.risk_type, codes.risk_type)
        if kind is AlertKind.RISK and risk_type is None:
            raise UnfitRecord(RecordFault.MISSING, f"风险预警的字段{names.risk_type}为空")
        if kind is AlertKind.CERTIFICATE and risk_type is not None:
            raise UnfitRecord(RecordFault.INCONSISTENT, f"证书预警不应有字段{names.risk_type}")
        return MinistryWarning(
            external_id=external_id,
            version=version,
            area_code=area,
            company_code=company,
            kind=kind,
            level=level,
            risk_type=risk_type,
            description=fields.text(names.description, longest=self._profile.inbound.longest_description),
            value=fields.maybe_text(names.value) or "",
            occurred_at=fields.time(names.occurred_at),
            certificate_number=fields.maybe_text(names.certificate_number),
            expires_on=fields.maybe_day(names.expires_on),
            ended=self._over(fields, names.ended, form.ended, names.ended_reason, ENDED),
            reason=fields.maybe_text(names.reason) or "",
        )

    def _names(self, kind: InboundKind) -> Any:
        if kind is InboundKind.WARNING:
            return self._profile.inbound.warning.fields
        return self._profile.inbound.problem_form(kind).fields

    def _over(
        self, fields: Fields, name: str | None, how: Ended, reason: str | None, default: str
    ) -> str | None:
        """Why a record is over, or None if it stands."""
        if how is Ended.FLAG:
            over = fields.maybe_code(name, self._profile.inbound.codes.flag) == "true"
        else:
            over = fields.maybe_time(name) is not None
        said = fields.maybe_text(reason)
        return (said or default) if over else None


def time_version(changed_at: datetime, profile: Profile) -> int:
    """The version of a record that is ordered by its time, such as 20261130102030."""
    return int(changed_at.astimezone(profile.timezone).strftime("%Y%m%d%H%M%S"))

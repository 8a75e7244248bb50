"""Invents what the ministry states: problems and warnings of every kind, and later versions of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ....application.ports.inbound import MinistryProblem, MinistryWarning
from ....domain.alert.form import ALERT_KIND_NAMES, RISK_TYPE_NAMES, AlertKind, AlertLevel, RiskType
from ....domain.exchange.inbound import InboundKind
from ....domain.problem.form import CATEGORY_NAMES, ProblemCategory, Severity
from ....domain.values import CREDIT_CODE_ALPHABET, CreditCode
from ..inbound_profile import Version
from ..profile import Profile
from .orders import Change

Stated = MinistryProblem | MinistryWarning

_VALUES: Final = {
    RiskType.OVER_PERSONS: "14人",
    RiskType.OVER_POWDER: "62千克",
    RiskType.OVER_STOCK: "118%",
    RiskType.TEMPERATURE: "41.5℃",
    RiskType.HUMIDITY: "32%",
}
_DIGITS: Final = "%Y%m%d%H%M%S"
_LEVELS: Final = list(AlertLevel)
"""The gravest first."""


def first_version(profile: Profile, at: datetime) -> int:
    """1, or the digits of the time if versions are times."""
    return int(f"{at.astimezone(profile.timezone):{_DIGITS}}") if _by_time(profile) else 1


def next_version(profile: Profile, version: int) -> int:
    """The version after this one; if versions are times, a second later."""
    if not _by_time(profile):
        return version + 1
    later = datetime.strptime(str(version), _DIGITS).replace(tzinfo=profile.timezone) + timedelta(seconds=1)
    return int(f"{later:{_DIGITS}}")


def _by_time(profile: Profile) -> bool:
    return profile.inbound.version is Version.TIME


def invented(
    kind: InboundKind,
    external_id: str,
    version: int,
    at: datetime,
    *,
    companies: Sequence[str],
    areas: Sequence[str],
    chance: random.Random,
) -> Stated:
    """The first version of an item, found at `at` (aware) or in the hours before."""
    at -= timedelta(minutes=chance.randrange(180))
    if kind is InboundKind.WARNING:
        return _warning(external_id, version, at, chance.choice(companies), chance.choice(areas), chance)
    category = chance.choice(list(ProblemCategory))
    patrol = kind is InboundKind.PATROL_PROBLEM
    return MinistryProblem(
        external_id=external_id,
        version=version,
        area_code=chance.choice(areas) if patrol else None,
        company_code=None if patrol else chance.choice(companies),
        category=category,
        severity=chance.choice(list(Severity)),
        description=f"部级{'巡查' if patrol else '抽查'}发现：{CATEGORY_NAMES[category]}，请核实整改。",
        rectify_on=(at + timedelta(days=chance.randrange(3, 8))).date(),
        found_at=at,
        withdrawn=None,
    )


def _warning(
    external_id: str, version: int, at: datetime, company: str, area: str, chance: random.Random
) -> MinistryWarning:
    kind = chance.choice(list(AlertKind))
    certificate = kind is AlertKind.CERTIFICATE
    risk = None if certificate else chance.choice(list(RiskType))
    about = ALERT_KIND_NAMES[kind] if risk is None else RISK_TYPE_NAMES[risk]
    return MinistryWarning(
        external_id=external_id,
        version=version,
        area_code=area,
        company_code=company,
        kind=kind,
        level=chance.choice(_LEVELS),
        risk_type=risk,
        description=f"部级平台监测：{about}，请核实处置。",
        value="" if risk is None else _VALUES.get(risk, ""),
        occurred_at=at,
        certificate_number=f"（陕）YH安许证字〔2023〕{chance.randrange(10**6):06}" if certificate else None,
        expires_on=(at + timedelta(days=chance.randrange(-20, 60))).date() if certificate else None,
        ended=None,
        reason="",
    )


def changed(stated: Stated, change: Change, version: int, at: datetime) -> Stated:
    """The next version. What can rise or fall no further is described anew."""
    if change in (Change.ENDED, Change.ENDED_FIRST):
        if isinstance(stated, MinistryProblem):
            return replace(stated, version=version, withdrawn="经复核，问题不成立，予以撤回。")
        return replace(stated, version=version, ended="监测数值已恢复正常，预警解除。")
    described = f"{stated.description}（{at:%m月%d日%H:%M}更新）"
    if isinstance(stated, MinistryProblem):
        severity = {Change.RAISED: Severity.MAJOR, Change.LOWERED: Severity.GENERAL}.get(
            change, stated.severity
        )
        return replace(stated, version=version, severity=severity, description=described)
    step = {Change.RAISED: -1, Change.LOWERED: 1}.get(change, 0)
    level = _LEVELS[min(max(_LEVELS.index(stated.level) + step, 0), len(_LEVELS) - 1)]
    reason = "" if level is stated.level else "监测数值变化，调整预警级别。"
    return replace(stated, version=version, level=level, description=described, reason=reason)


def unknown_company(area: str, chance: random.Random) -> str:
    """A credit code that no enterprise has; its form is right, and `area` is where it would be registered."""
    first = f"91{area}MA" + "".join(chance.choices(CREDIT_CODE_ALPHABET[10:], k=7))
    return first + CreditCode.check_character(first)

"""Finds out to whom the records of the ministry belong: by credit code, by area, or not to this province."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...domain.alert.form import ministry_alert_id
from ...domain.exchange.inbound import InboundKind, InboxRecord, RecordFault
from ...domain.problem.form import ministry_problem_id
from ...domain.values import EnterpriseId, RegionId
from ..ports.work import UnitOfWork
from .reading import Statement

AREA_DIGITS = 6
SENTENCES = {
    RecordFault.OUTSIDE_PROVINCE: "不属于本省：区域代码{area}，企业代码{company}",
    RecordFault.UNKNOWN_ENTERPRISE: "企业{company}不在档案中",
    RecordFault.UNKNOWN_AREA: "区域{area}不在档案中",
}


def area_of(stated: Statement) -> str:
    """The code of the named area, cut to six digits; empty if none is named."""
    return (stated.area_code or "")[:AREA_DIGITS]


def company_of(stated: Statement) -> str:
    """The credit code of the named company; empty if none is named."""
    return stated.company_code or ""


class Routes:
    """Where statements belong, from look-ups for all of them at once. `root` is the province's region."""

    def __init__(self, work: UnitOfWork, root: RegionId | None, stated: Sequence[Statement]) -> None:
        self._root = root
        companies = list(dict.fromkeys(company_of(one) for one in stated if one.company_code))
        areas = list(dict.fromkeys(area_of(one) for one in stated if one.area_code))
        self._enterprises: Mapping[str, EnterpriseId] = work.enterprises.known_codes(companies)
        self._regions: Mapping[str, RegionId] = work.regions.of_codes(areas)

    def fault(self, kind: InboundKind, stated: Statement) -> RecordFault | None:
        """Why nobody here can be addressed; None if somebody can."""
        company, area = company_of(stated), area_of(stated)
        ours = self._is_ours(area)
        if area and not ours:
            return RecordFault.OUTSIDE_PROVINCE
        if kind is InboundKind.PATROL_PROBLEM:
            return None if area in self._regions else RecordFault.UNKNOWN_AREA
        if company in self._enterprises:
            return None
        # Characters 3 to 8 of a credit code are the area where it was registered.
        if company and not ours and not self._is_ours(company[2:8]):
            return RecordFault.OUTSIDE_PROVINCE
        return RecordFault.UNKNOWN_ENTERPRISE

    def _is_ours(self, area: str) -> bool:
        """Whether the area lies in the province, by the first two digits of its code."""
        return self._root is not None and bool(area) and area[:2] == self._root[:2]


def fault_sentence(fault: RecordFault, stated: Statement) -> str:
    """What people and the ministry read of a fault of routing."""
    return SENTENCES[fault].format(area=area_of(stated) or "未填", company=company_of(stated) or "未填")


def known_already(work: UnitOfWork, keys: Sequence[tuple[InboundKind, str]]) -> set[tuple[InboundKind, str]]:
    """Those objects of the ministry that have a problem or an alert here: these keep their addressee."""
    alerts = {ministry_alert_id(id): id for kind, id in keys if kind is InboundKind.WARNING}
    problems = {ministry_problem_id(id): (kind, id) for kind, id in keys if kind is not InboundKind.WARNING}
    known = {(InboundKind.WARNING, alerts[id]) for id in work.alerts.find_all(list(alerts))}
    return known | {problems[id] for id in work.problems.find_all(list(problems))}


@dataclass(frozen=True, slots=True)
class NamedEnterprise:
    """What an addressee needs of an enterprise."""

    id: EnterpriseId
    name: str
    region_id: RegionId


class Addressees:
    """To whom records belong, from look-ups for all of them at once: whom a person has assigned, else by code."""

    def __init__(self, work: UnitOfWork, records: Sequence[tuple[InboxRecord, Statement]]) -> None:
        companies = [company_of(stated) for record, stated in records if record.enterprise_id is None]
        areas = [area_of(stated) for record, stated in records if record.region_id is None]
        self._regions = work.regions.of_codes([code for code in dict.fromkeys(areas) if code])
        self._codes = work.enterprises.known_codes([code for code in dict.fromkeys(companies) if code])
        assigned = [record.enterprise_id for record, _ in records if record.enterprise_id is not None]
        self._enterprises = work.enterprises.places([*dict.fromkeys([*self._codes.values(), *assigned])])

    def enterprise(self, record: InboxRecord, stated: Statement) -> NamedEnterprise | None:
        """None if there is none."""
        id = record.enterprise_id or self._codes.get(company_of(stated))
        if id is None or id not in self._enterprises:
            return None
        return NamedEnterprise(id, *self._enterprises[id])

    def region(self, record: InboxRecord, stated: Statement) -> RegionId | None:
        """None if there is none."""
        return record.region_id or self._regions.get(area_of(stated))

"""Keeps enterprises, certificates and shutdown periods in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import islice

from ...application.access import Scope
from ...domain.commitment.commitment import commitment_id
from ...domain.directory.certificate import Certificate
from ...domain.directory.enterprise import Enterprise, EnterpriseKind
from ...domain.directory.shutdown import ShutdownPeriod
from ...domain.refusals import Conflict, NotFound
from ...domain.values import CertificateId, CreditCode, EnterpriseId, RegionId, ShutdownPeriodId
from .sight import Sight, applies_to
from .tables import KeptEnterprise, utc
from .unit import Unit


class MemoryEnterprises:
    """Enterprises, unique by credit code."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, enterprise: Enterprise, *, at: datetime) -> None:
        state = self._unit.to_write()
        if enterprise.region_id not in state.regions:
            raise NotFound("区域", field="regionId")
        holder = self.by_credit_code(enterprise.credit_code)
        if holder is not None and holder.id != enterprise.id:
            raise Conflict(
                f"统一社会信用代码“{enterprise.credit_code}”已属于另一家企业。", field="creditCode"
            )
        state.enterprises.put(enterprise.id, KeptEnterprise(enterprise, utc(at)))

    def get(self, id: EnterpriseId, *, within: Scope) -> Enterprise:
        state = self._unit.reading()
        found = state.enterprises.get(id)
        if found is None or not Sight(state, within).enterprise(found.enterprise):
            raise NotFound("企业")
        return found.enterprise

    def places(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, tuple[str, RegionId]]:
        known = self._unit.reading().enterprises
        found = (known[id].enterprise for id in ids if id in known)
        return {enterprise.id: (enterprise.name, enterprise.region_id) for enterprise in found}

    def credit_codes(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, CreditCode]:
        known = self._unit.reading().enterprises
        return {id: known[id].enterprise.credit_code for id in ids if id in known}

    def by_credit_code(self, code: CreditCode) -> Enterprise | None:
        kept = self._unit.reading().enterprises.values()
        return next((row.enterprise for row in kept if row.enterprise.credit_code == code), None)

    def known_codes(self, codes: Sequence[str]) -> Mapping[str, EnterpriseId]:
        kept = (row.enterprise for row in self._unit.reading().enterprises.values())
        return {e.credit_code.text: e.id for e in kept if e.credit_code.text in codes}

    def owing(self, day: date, *, limit: int) -> Sequence[tuple[EnterpriseId, RegionId, EnterpriseKind]]:
        state = self._unit.reading()
        active = sorted(
            (row.enterprise for row in state.enterprises.values() if row.enterprise.active),
            key=lambda e: e.id,
        )
        owing = (e for e in active if commitment_id(e.id, day) not in state.commitments)
        return [(e.id, e.region_id, e.kind) for e in islice(owing, limit)]


class MemoryCertificates:
    """Certificates; in scope when their enterprise is."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, certificate: Certificate) -> None:
        state = self._unit.to_write()
        if certificate.enterprise_id not in state.enterprises:
            raise NotFound("企业", field="enterpriseId")
        if certificate.person_id is not None and certificate.person_id not in state.people:
            raise NotFound("人员", field="personId")
        before = state.certificates.get(certificate.id)
        holders = {certificate.holder} if before is None else {before.holder, certificate.holder}
        state.certificates.put(certificate.id, certificate)
        for one in state.certificates.values():
            if one.holder in holders and one.id in state.certificate_watch:
                state.certificate_watch.remove(one.id)

    def get(self, id: CertificateId, *, within: Scope) -> Certificate:
        state = self._unit.reading()
        certificate = state.certificates.get(id)
        if certificate is None or not Sight(state, within).enterprise_id(certificate.enterprise_id):
            raise NotFound("证书")
        return certificate

    def find_all(self, ids: Sequence[CertificateId]) -> Mapping[CertificateId, Certificate]:
        certificates = self._unit.reading().certificates
        return {id: certificates[id] for id in ids if id in certificates}

    def of_number(self, enterprise_id: EnterpriseId, number: str) -> Sequence[Certificate]:
        found = (
            c
            for c in self._unit.reading().certificates.values()
            if c.enterprise_id == enterprise_id and c.number == number
        )
        return sorted(found, key=lambda c: c.id)

    def to_watch(self, day: date, *, limit: int) -> Sequence[Certificate]:
        state = self._unit.to_write()
        look_on = {id: state.certificate_watch.get(id, date.min) for id in state.certificates}
        due = sorted(
            (on, id)
            for id, on in look_on.items()
            if on is not None and on <= day
            if state.enterprises[state.certificates[id].enterprise_id].enterprise.active
        )
        return [state.certificates[id] for _, id in due[:limit]]

    def watch_again(self, days: Mapping[CertificateId, date | None]) -> None:
        state = self._unit.to_write()
        for id, day in days.items():
            if id in state.certificates:
                state.certificate_watch.put(id, day)

    def of_same_holders(
        self, certificates: Sequence[Certificate]
    ) -> Mapping[CertificateId, Sequence[Certificate]]:
        known = sorted(self._unit.reading().certificates.values(), key=lambda c: (c.expires_on, c.id))
        return {
            wanted.id: tuple(one for one in known if one.holder == wanted.holder) for wanted in certificates
        }


class MemoryShutdownPeriods:
    """Shutdown periods; `Sight.shutdown` decides which are in scope."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, period: ShutdownPeriod) -> None:
        state = self._unit.to_write()
        if period.enterprise_id is not None and period.enterprise_id not in state.enterprises:
            raise NotFound("企业", field="enterpriseId")
        if period.region_id is not None and period.region_id not in state.regions:
            raise NotFound("区域", field="regionId")
        before = state.shutdown_periods.get(period.id)
        if before is not None:
            before.check_standing()
        state.shutdown_periods.put(period.id, period)

    def get(self, id: ShutdownPeriodId, *, within: Scope) -> ShutdownPeriod:
        state = self._unit.reading()
        period = state.shutdown_periods.get(id)
        if period is None or not Sight(state, within).shutdown(period):
            raise NotFound("停产期")
        return period

    def registered(
        self,
        enterprise_id: EnterpriseId | None,
        region_id: RegionId | None,
        first_day: date,
        last_day: date,
    ) -> Sequence[ShutdownPeriod]:
        wanted = (enterprise_id, region_id, first_day, last_day)
        found = [
            period
            for period in self._unit.reading().shutdown_periods.values()
            if not period.declared
            and (period.enterprise_id, period.region_id, period.first_day, period.last_day) == wanted
        ]
        return sorted(found, key=lambda period: period.id)

    def applying_to(self, enterprise_id: EnterpriseId, *, since: date) -> Sequence[ShutdownPeriod]:
        state = self._unit.reading()
        kept = state.enterprises.get(enterprise_id)
        if kept is None:
            return []
        found = [
            period
            for period in state.shutdown_periods.values()
            if period.last_day >= since and applies_to(state, period, kept.enterprise)
        ]
        return sorted(found, key=lambda period: (period.first_day, period.id))

    def declared_until(self, day: date) -> Sequence[ShutdownPeriod]:
        state = self._unit.reading()
        found = [
            period
            for period in state.shutdown_periods.values()
            if period.declared and not period.cancelled and period.first_day < period.last_day == day
        ]
        active = [
            p for p in found if p.enterprise_id and state.enterprises[p.enterprise_id].enterprise.active
        ]
        return sorted(active, key=lambda period: period.id)

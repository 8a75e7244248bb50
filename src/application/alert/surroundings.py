"""What the certificate watch must know of a batch of certificates, read for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.alert.alert import Alert
from ...domain.alert.recipients import ALERT_ADDRESSED
from ...domain.directory.certificate import Certificate
from ...domain.directory.organisation import DepartmentSnapshot, Level, Person
from ...domain.handling.feedback import Addressee
from ...domain.refusals import NotFound
from ...domain.values import DepartmentId, EnterpriseId, RegionId
from ..handling.receivers import Concern, Receivers
from ..ports.work import UnitOfWork
from .telling import alert_concern_of


class Surroundings:
    """Enterprises, reviewing departments, holders and receivers of some certificates and their alerts."""

    def __init__(self, work: UnitOfWork, certificates: Sequence[Certificate], known: Sequence[Alert]) -> None:
        self._places = work.enterprises.places([one.enterprise_id for one in certificates])
        regions = list(dict.fromkeys(region for _, region in self._places.values()))
        self._answering = work.departments.answering_for_each(regions)
        self._cities = _cities(work, regions)
        holders = [one.person_id for one in certificates if one.person_id is not None]
        self._holders = work.people.find_all(holders)
        new = [self._concern(id, region) for id, (_, region) in self._places.items()]
        self._receivers = Receivers(work, [*map(alert_concern_of, known), *filter(None, new)])

    def addressee(self, certificate: Certificate) -> Addressee:
        """The enterprise of the certificate. Raises NotFound."""
        return self._addressee(certificate.enterprise_id)

    def reviewer(self, region_id: RegionId) -> DepartmentSnapshot:
        """The department that reviews alerts of our own: the lowest one that answers. Raises NotFound."""
        department = self._answering.get(region_id)
        if department is None:
            raise NotFound("主管部门")
        return DepartmentSnapshot.of(department)

    def holder(self, certificate: Certificate) -> str:
        """The name of the person who holds it; empty if an enterprise does."""
        found = None if certificate.person_id is None else self._holders.get(certificate.person_id)
        return "" if found is None else found.name

    def people(self, alert: Alert) -> Sequence[Person]:
        """Who is told of the alert of a certificate."""
        return self._receivers.of(alert_concern_of(alert), ALERT_ADDRESSED[alert.origin])

    def _addressee(self, id: EnterpriseId) -> Addressee:
        found = self._places.get(id)
        if found is None:
            raise NotFound("企业")
        name, region = found
        return Addressee(None, id, name, region, self._cities.get(region, region))

    def _concern(self, id: EnterpriseId, region_id: RegionId) -> Concern | None:
        """Whom a new alert of the enterprise would concern; None where nobody could review it."""
        department = self._answering.get(region_id)
        reviewer: DepartmentId | None = None if department is None else department.id
        if reviewer is None:
            return None
        return Concern(f"Enterprise:{id}", self._addressee(id), reviewer, issued_by=None, responsible=())


def _cities(work: UnitOfWork, regions: Sequence[RegionId]) -> dict[RegionId, RegionId]:
    """The region of city rank in whose figures each region counts; the region itself above that rank."""
    if not regions:
        return {}
    lineages, cities = work.regions.lineages(), work.regions.of_level(Level.CITY)
    return {
        region: next((id for id in lineages.get(region, ()) if id in cities), region) for region in regions
    }

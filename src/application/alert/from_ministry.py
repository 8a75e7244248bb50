"""Takes over what the ministry states of a warning: opens its alert, changes it or ends it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from ...domain.alert.alert import Alert
from ...domain.alert.form import (
    ALERT_ORIGIN_NAMES,
    AlertKind,
    AlertOrigin,
    AlertStatement,
    CertificateDue,
    DueKind,
    ministry_alert_id,
)
from ...domain.deadlines import business_date
from ...domain.directory.certificate import Certificate
from ...domain.handling.feedback import Addressee
from ...domain.handling.updates import UpdateOutcome, without_effect
from ...domain.refusals import InvalidValue, NotFound
from ...domain.signed import Signed
from ...domain.values import AlertId
from ..handling.places import Company, Places
from ..policies import PolicyBook
from ..ports.inbound import MinistryWarning
from ..ports.work import UnitOfWork

MINISTRY_NAME: Final = ALERT_ORIGIN_NAMES[AlertOrigin.MINISTRY]


def state_warning(
    work: UnitOfWork,
    stated: MinistryWarning,
    *,
    enterprise: Company | None,
    at: datetime,
    policies: PolicyBook,
    places: Places | None = None,
) -> tuple[UpdateOutcome, AlertId]:
    """Open the alert of the warning, or change it if it is known; the newest version wins.

    `places` are look-ups shared with others. `enterprise` is the addressee of a new alert; a known one keeps its own. Raises NotFound if both are
    missing, or the province's department is, and InvalidValue if the kind or the enterprise has changed.
    """
    id = ministry_alert_id(stated.external_id)
    by = Signed(person_id=None, name=MINISTRY_NAME, at=at)
    known = work.alerts.find(id)
    if known is not None:
        newer = without_effect(stated.version, known.source_version) is None
        if newer and enterprise is not None and enterprise.id != known.addressee.enterprise_id:
            raise InvalidValue("同一编号的预警此前针对另一企业，不能更新。", field="enterprise")
        policy = policies.policy(work, known.addressee.region_id, business_date(at), now=at)
        outcome = known.update(
            _statement(stated, known.statement.due),
            source_version=stated.version,
            by=by,
            policy=policy,
            ended=stated.ended,
            reason=stated.reason,
        )
        if outcome is UpdateOutcome.APPLIED:
            work.alerts.save(known)
        return outcome, id
    if enterprise is None:
        raise NotFound("企业")
    region_id, places = enterprise.region_id, places or Places(work)
    alert = Alert.open(
        _statement(stated, _due_of(work, stated, enterprise)),
        id=id,
        origin=AlertOrigin.MINISTRY,
        external_id=stated.external_id,
        addressee=Addressee(None, enterprise.id, enterprise.name, region_id, places.city_of(region_id)),
        reviewer=places.province_above(region_id),
        by=by,
        policy=policies.policy(work, region_id, business_date(at), now=at),
        source_version=stated.version,
        ended=stated.ended,
    )
    work.alerts.save(alert)
    return UpdateOutcome.APPLIED, id


def _statement(stated: MinistryWarning, due: CertificateDue | None) -> AlertStatement:
    return AlertStatement(
        kind=stated.kind,
        level=stated.level,
        description=stated.description,
        occurred_at=stated.occurred_at,
        risk_type=stated.risk_type,
        due=due,
        value=stated.value,
    )


def _due_of(work: UnitOfWork, stated: MinistryWarning, enterprise: Company) -> CertificateDue | None:
    """The due date of our certificate that the warning is about, so that pages show certificate and alert as one.

    The date is that of our directory; what the ministry says of it is in the description.
    """
    if stated.kind is not AlertKind.CERTIFICATE or stated.certificate_number is None:
        return None
    numbered = work.certificates.of_number(enterprise.id, stated.certificate_number)
    # Cards of several trades may share the number of their holder: then the date says which is meant.
    dated = [one for one in numbered if stated.expires_on in (one.expires_on, one.review_due_on)]
    meant = dated or numbered
    if len(meant) != 1:
        return None
    kind, due_on = _due_date(meant[0], stated.expires_on)
    return CertificateDue(meant[0].id, kind, due_on)


def _due_date(certificate: Certificate, stated: date | None) -> tuple[DueKind, date]:
    review = certificate.review_due_on
    if review is not None and stated == review != certificate.expires_on:
        return DueKind.REVIEW, review
    return DueKind.EXPIRY, certificate.expires_on

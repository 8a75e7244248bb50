"""Builders of certificates that people hold."""

from __future__ import annotations

from datetime import date, timedelta

from yanbao.domain.directory.certificate import Certificate, CertificateKind, Trade
from yanbao.domain.directory.organisation import Person
from yanbao.domain.values import CertificateId

from .builders import DAY, an_id


def a_card(
    holder: Person, trade: Trade | None, number: str = "T610115", *, expires: date = DAY + timedelta(days=900)
) -> Certificate:
    """A special-operation card of somebody of an enterprise."""
    assert holder.enterprise_id is not None
    return Certificate.parse(
        id=CertificateId(an_id("card", holder.id, trade, number)),
        kind=CertificateKind.SPECIAL_OPERATION_CARD,
        number=number,
        enterprise_id=holder.enterprise_id,
        person_id=holder.id,
        issued_on=DAY - timedelta(days=1000),
        expires_on=expires,
        trade=trade,
    )

"""Store certificates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Row, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from ...application.access import Scope
from ...domain.directory.certificate import Certificate
from ...domain.refusals import NotFound
from ...domain.values import CertificateId, EnterpriseId
from .scope import enterprise_id_in
from .tables.directory import certificate, enterprise
from .transaction import Transaction

_new_certificate = insert(certificate)
_SAVE_CERTIFICATE: Final = _new_certificate.on_conflict_do_update(
    index_elements=[certificate.c.id],
    set_={c.name: _new_certificate.excluded[c.name] for c in certificate.c if c.name != "id"},
)
_KNOWN_ENTERPRISE: Final = select(enterprise.c.id).where(enterprise.c.id == bindparam("id"))
_CERTIFICATE: Final = select(certificate).where(certificate.c.id == bindparam("id"))
_BY_NUMBER: Final = (
    select(certificate)
    .where(
        certificate.c.enterprise_id == bindparam("enterprise_id"), certificate.c.number == bindparam("number")
    )
    .order_by(certificate.c.id)
    .limit(1)
)


class SqlCertificates:
    """Certificates. One is in scope when its enterprise is."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, certificate: Certificate) -> None:
        missing = ("企业", "enterpriseId")
        if certificate.person_id is not None:
            # There are two foreign keys: check one first, so that the error can name the other.
            known = self._transaction.run(_KNOWN_ENTERPRISE, {"id": certificate.enterprise_id}).first()
            if known is None:
                raise NotFound(missing[0], field=missing[1])
            missing = ("人员", "personId")
        self._transaction.run(_SAVE_CERTIFICATE, asdict(certificate), missing=missing)

    def get(self, id: CertificateId, *, within: Scope) -> Certificate:
        statement = _CERTIFICATE.where(enterprise_id_in(within, certificate.c.enterprise_id))
        row = self._transaction.run(statement, {"id": id}).first()
        if row is None:
            raise NotFound("证书")
        return certificate_of(row)

    def find(self, enterprise_id: EnterpriseId, number: str) -> Certificate | None:
        row = self._transaction.run(_BY_NUMBER, {"enterprise_id": enterprise_id, "number": number}).first()
        return None if row is None else certificate_of(row)


def certificate_of(row: Row[Any]) -> Certificate:
    return Certificate(
        id=row.id,
        kind=row.kind,
        number=row.number,
        enterprise_id=row.enterprise_id,
        person_id=row.person_id,
        issued_on=row.issued_on,
        expires_on=row.expires_on,
        review_due_on=row.review_due_on,
    )

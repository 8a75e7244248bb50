"""Store certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from ...application.access import Scope
from ...domain.directory.certificate import Certificate
from ...domain.refusals import NotFound
from ...domain.values import CertificateId, EnterpriseId
from .batches import in_batches
from .scope import enterprise_id_in
from .tables.directory import certificate, enterprise
from .transaction import Transaction

AT_ONCE: Final = date(1970, 1, 1)
"""The day of a certificate at which the watch must look at once."""

_STATED: Final = tuple(field.name for field in fields(Certificate))
_new_certificate = insert(certificate)
_SAVE_CERTIFICATE: Final = _new_certificate.on_conflict_do_update(
    index_elements=[certificate.c.id],
    set_={name: _new_certificate.excluded[name] for name in _STATED if name != "id"},
)
_LOOK_AT_ONCE: Final = (
    update(certificate)
    .where(
        certificate.c.enterprise_id == bindparam("of_enterprise"),
        certificate.c.kind == bindparam("of_kind", type_=certificate.c.kind.type),
        certificate.c.person_id.is_not_distinct_from(
            bindparam("of_person", type_=certificate.c.person_id.type)
        ),
    )
    .values(watch_on=AT_ONCE)
)
_before = certificate.alias("before")
_LOOK_AT_THOSE_BEFORE: Final = (
    update(certificate)
    .where(
        exists().where(
            _before.c.id == bindparam("changed"),
            _before.c.enterprise_id == certificate.c.enterprise_id,
            _before.c.kind == certificate.c.kind,
            _before.c.person_id.is_not_distinct_from(certificate.c.person_id),
        )
    )
    .values(watch_on=AT_ONCE)
)
_TO_WATCH: Final = (
    select(certificate)
    .join(enterprise, enterprise.c.id == certificate.c.enterprise_id)
    .where(certificate.c.watch_on <= bindparam("day"), enterprise.c.active)
    .order_by(certificate.c.watch_on, certificate.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=certificate)
)
_WATCH_AGAIN: Final = (
    update(certificate).where(certificate.c.id == bindparam("wanted")).values(watch_on=bindparam("again"))
)
_OF_ENTERPRISES: Final = (
    select(certificate)
    .where(certificate.c.enterprise_id.in_(bindparam("ids", expanding=True)))
    .order_by(certificate.c.expires_on, certificate.c.id)
)
_KNOWN_ENTERPRISE: Final = select(enterprise.c.id).where(enterprise.c.id == bindparam("id"))
_CERTIFICATE: Final = select(certificate).where(certificate.c.id == bindparam("id"))
_THESE: Final = select(certificate).where(certificate.c.id.in_(bindparam("ids", expanding=True)))
_BY_NUMBER: Final = (
    select(certificate)
    .where(
        certificate.c.enterprise_id == bindparam("enterprise_id"), certificate.c.number == bindparam("number")
    )
    .order_by(certificate.c.id)
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
        # Before its holder changes: what it renewed until now may be the newest again.
        self._transaction.run(_LOOK_AT_THOSE_BEFORE, {"changed": certificate.id})
        self._transaction.run(_SAVE_CERTIFICATE, asdict(certificate), missing=missing)
        holder = {
            "of_enterprise": certificate.enterprise_id,
            "of_kind": certificate.kind,
            "of_person": certificate.person_id,
        }
        self._transaction.run(_LOOK_AT_ONCE, holder)

    def get(self, id: CertificateId, *, within: Scope) -> Certificate:
        statement = _CERTIFICATE.where(enterprise_id_in(within, certificate.c.enterprise_id))
        row = self._transaction.run(statement, {"id": id}).first()
        if row is None:
            raise NotFound("证书")
        return certificate_of(row)

    def find_all(self, ids: Sequence[CertificateId]) -> Mapping[CertificateId, Certificate]:
        batches = (self._transaction.run(_THESE, {"ids": batch}) for batch in in_batches(ids))
        return {row.id: certificate_of(row) for rows in batches for row in rows}

    def of_number(self, enterprise_id: EnterpriseId, number: str) -> Sequence[Certificate]:
        rows = self._transaction.run(_BY_NUMBER, {"enterprise_id": enterprise_id, "number": number})
        return [certificate_of(row) for row in rows]

    def to_watch(self, day: date, *, limit: int) -> Sequence[Certificate]:
        return [certificate_of(row) for row in self._transaction.run(_TO_WATCH, {"day": day, "most": limit})]

    def watch_again(self, days: Mapping[CertificateId, date | None]) -> None:
        if rows := [{"wanted": id, "again": day} for id, day in days.items()]:
            self._transaction.run(_WATCH_AGAIN, rows)

    def of_same_holders(
        self, certificates: Sequence[Certificate]
    ) -> Mapping[CertificateId, Sequence[Certificate]]:
        by_holder: dict[object, list[Certificate]] = {}
        for batch in in_batches(dict.fromkeys(one.enterprise_id for one in certificates)):
            for row in self._transaction.run(_OF_ENTERPRISES, {"ids": batch}):
                one = certificate_of(row)
                by_holder.setdefault(one.holder, []).append(one)
        return {one.id: tuple(by_holder.get(one.holder, ())) for one in certificates}


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
        trade=row.trade,
    )

"""Importing certificates of enterprises and their people."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from ....domain.directory.certificate import Certificate, CertificateKind
from ....domain.directory.enterprise import Enterprise
from ....domain.directory.organisation import Person
from ....domain.values import CertificateId, Phone
from .columns import CERTIFICATE_SHEET, CREDIT_CODE
from .lookups import Change, Lookups, fate_of
from .rows import Once, Reading, Rows


def check_certificates(rows: Rows, lookups: Lookups) -> Iterator[Change]:
    changes: list[Change] = []
    known = Once()
    for reading in rows.of(CERTIFICATE_SHEET):
        change = _change(reading, lookups, known)
        if change is not None and not reading.errors:
            changes.append(change)
    return iter(changes)


def _holder(reading: Reading, lookups: Lookups, enterprise: Enterprise | None) -> Person | None:
    name, raw = reading.text("持证人姓名"), reading.text("持证人手机号码")
    if not name and not raw:
        return None
    if not name or not raw:
        reading.refuse("持证人手机号码" if name else "持证人姓名", "持证人姓名和手机号码应同时填写。")
        return None
    phone = reading.parse(lambda: Phone.parse(raw))
    if phone is None or enterprise is None:
        return None
    holder = lookups.work.people.find_in(
        name=name, phone=phone.text, department_id=None, enterprise_id=enterprise.id
    )
    if holder is None:
        reading.refuse("持证人姓名", "该企业没有这个姓名和手机号码的人员，请先导入人员。")
    return holder


def _change(reading: Reading, lookups: Lookups, known: Once) -> Change | None:
    code, number = reading.text(CREDIT_CODE), reading.text("证书编号")
    kind = reading.choice("证书类型", CertificateKind)
    issued, expires, review = reading.day("发证日期"), reading.day("有效期至"), reading.day("复审日期")
    enterprise = lookups.enterprise(reading, CREDIT_CODE, code) if code else None
    holder = _holder(reading, lookups, enterprise)
    if enterprise is None or kind is None or issued is None or expires is None or reading.errors:
        return None
    if not known.passes(reading, (enterprise.id, number), "证书编号"):
        return None
    before = lookups.work.certificates.find(enterprise.id, number)
    kept_holder, kept_review = (None, None) if before is None else (before.person_id, before.review_due_on)
    after = reading.parse(
        lambda: Certificate.parse(
            id=CertificateId(uuid4()) if before is None else before.id,
            kind=kind,
            number=number,
            enterprise_id=enterprise.id,
            person_id=kept_holder if holder is None else holder.id,
            issued_on=issued,
            expires_on=expires,
            review_due_on=kept_review if review is None else review,
        )
    )
    if after is None:
        return None
    if not after.number_is_usual:
        reading.warn("证书编号", "编号与该类证书的常见格式不同，请核对。")
    return Change(
        what="Certificate",
        subject=after.id,
        summary=after.kind.value,
        fate=fate_of(before, after),
        save=lambda: lookups.work.certificates.save(after),
    )

"""Importing certificates of enterprises and their people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import uuid4

from ....domain.directory.certificate import Certificate, CertificateKind, Trade
from ....domain.directory.enterprise import Enterprise
from ....domain.directory.organisation import Person
from ....domain.values import CertificateId, Phone
from .columns import CERTIFICATE_SHEET, CREDIT_CODE
from .lookups import Change, Lookups, fate_of
from .rows import Once, Reading, Rows


def check_certificates(rows: Rows, lookups: Lookups) -> Iterator[Change]:
    changes: list[Change] = []
    known = Once()
    taken: set[CertificateId] = set()
    for reading in rows.of(CERTIFICATE_SHEET):
        change = _change(reading, lookups, known, taken)
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


def _change(reading: Reading, lookups: Lookups, known: Once, taken: set[CertificateId]) -> Change | None:
    code, number = reading.text(CREDIT_CODE), reading.text("证书编号")
    kind, trade = reading.choice("证书类型", CertificateKind), reading.choice("作业类别", Trade)
    issued, expires, review = reading.day("发证日期"), reading.day("有效期至"), reading.day("复审日期")
    enterprise = lookups.enterprise(reading, CREDIT_CODE, code) if code else None
    holder = _holder(reading, lookups, enterprise)
    if enterprise is None or kind is None or issued is None or expires is None or reading.errors:
        return None
    if not known.passes(reading, (enterprise.id, kind, number, trade), "证书编号"):
        return None
    of_number = lookups.work.certificates.of_number(enterprise.id, number)
    free = [one for one in of_number if one.kind is kind and one.id not in taken]
    if trade is None and len(free) > 1:
        reading.refuse("作业类别", "该编号有多张证书，请填写作业类别。")
        return None
    before = _before(free, trade)
    kept_holder, kept_review, kept_trade = (
        (None, None, None) if before is None else (before.person_id, before.review_due_on, before.trade)
    )
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
            trade=kept_trade if trade is None else trade,
        )
    )
    if after is None:
        return None
    taken.add(after.id)
    if not after.number_is_usual:
        reading.warn("证书编号", "编号与该类证书的常见格式不同，请核对。")
    if after.trade is None and after.kind is CertificateKind.SPECIAL_OPERATION_CARD:
        reading.warn("作业类别", "未填写作业类别，换证后原证仍会提醒到期，请补充。")
    return Change(
        what="Certificate",
        subject=after.id,
        summary=after.kind.value,
        fate=fate_of(before, after),
        save=lambda: lookups.work.certificates.save(after),
    )


def _before(free: Sequence[Certificate], trade: Trade | None) -> Certificate | None:
    """The certificate that the row changes: the one of its trade, otherwise one whose trade is not known."""
    if trade is None:
        return free[0] if free else None
    of_trade = (one for one in free if one.trade is trade)
    return next(of_trade, None) or next((one for one in free if one.trade is None), None)

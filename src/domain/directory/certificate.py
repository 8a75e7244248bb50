"""Certificates: permits and qualifications, and until when they are valid."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from ..faults import Faults
from ..refusals import InvalidValue
from ..values import CertificateId, EnterpriseId, PersonId, parse_text
from .enterprise import EnterpriseKind


class Trade(Enum):
    """The trades (作业类别) of special operations with fireworks, as on the national list; each has its own card."""

    PYROTECHNIC_COMPOSITION = "PYROTECHNIC_COMPOSITION"
    BLACK_POWDER = "BLACK_POWDER"
    FUSE = "FUSE"
    PRODUCTS_WITH_POWDER = "PRODUCTS_WITH_POWDER"
    STORAGE = "STORAGE"


TRADE_NAMES: Final = {
    Trade.PYROTECHNIC_COMPOSITION: "烟火药制造作业",
    Trade.BLACK_POWDER: "黑火药制造作业",
    Trade.FUSE: "引火线制造作业",
    Trade.PRODUCTS_WITH_POWDER: "烟花爆竹产品涉药作业",
    Trade.STORAGE: "烟花爆竹储存作业",
}


class CertificateKind(Enum):
    """The kinds of certificates whose validity is watched."""

    PRODUCTION_PERMIT = "PRODUCTION_PERMIT"
    WHOLESALE_PERMIT = "WHOLESALE_PERMIT"
    HEAD_QUALIFICATION = "HEAD_QUALIFICATION"
    SAFETY_MANAGER_QUALIFICATION = "SAFETY_MANAGER_QUALIFICATION"
    SPECIAL_OPERATION_CARD = "SPECIAL_OPERATION_CARD"


CERTIFICATE_NAMES: Final = {
    CertificateKind.PRODUCTION_PERMIT: "安全生产许可证",
    CertificateKind.WHOLESALE_PERMIT: "经营（批发）许可证",
    CertificateKind.HEAD_QUALIFICATION: "主要负责人安全合格证",
    CertificateKind.SAFETY_MANAGER_QUALIFICATION: "安全管理人员合格证",
    CertificateKind.SPECIAL_OPERATION_CARD: "特种作业操作证",
}

PERMIT_OF: Final = {
    EnterpriseKind.PRODUCTION: CertificateKind.PRODUCTION_PERMIT,
    EnterpriseKind.WHOLESALE: CertificateKind.WHOLESALE_PERMIT,
}
"""The permit that an enterprise of each kind needs in order to work."""
PERMITS: Final = frozenset(PERMIT_OF.values())
"""Certificates of an enterprise. All others are personal."""

_USUAL_NUMBERS: Final = {
    CertificateKind.PRODUCTION_PERMIT: re.compile(r"\(.\)YH安许证字〔\d{4}〕\d{6}"),
    CertificateKind.WHOLESALE_PERMIT: re.compile(r"\(.\)PF〔\d{4}〕\d{4}"),
}


def number_is_usual(kind: CertificateKind, number: str) -> bool:
    """Whether a number has the published format of its kind; others are warned about, never refused."""
    pattern = _USUAL_NUMBERS.get(kind)
    return pattern is None or bool(pattern.fullmatch(unicodedata.normalize("NFKC", number)))


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of an enterprise or a person; it is valid on `issued_on` and `expires_on`, too.

    `review_due_on` is the second due date of a special-operation card, which is reviewed every third year.
    `trade` is what such a card permits; None: not registered, as in older data, or no such card.
    """

    id: CertificateId
    kind: CertificateKind
    number: str
    enterprise_id: EnterpriseId
    person_id: PersonId | None
    issued_on: date
    expires_on: date
    review_due_on: date | None = None
    trade: Trade | None = None

    @classmethod
    def parse(
        cls,
        *,
        id: CertificateId,
        kind: CertificateKind,
        number: str,
        enterprise_id: EnterpriseId,
        person_id: PersonId | None = None,
        issued_on: date,
        expires_on: date,
        review_due_on: date | None = None,
        trade: Trade | None = None,
    ) -> Certificate:
        """Refuses an expiry that is not after the issue, and a trade of what is no special-operation card.

        An unusual number is accepted.
        """
        faults = Faults()
        with faults:
            number = parse_text(number, what="证书编号", field="number", longest=60, one_line=True)
        with faults:
            if expires_on <= issued_on:
                raise InvalidValue(f"有效期至{expires_on}应晚于发证日期{issued_on}。", field="expiresOn")
        with faults:
            if trade is not None and kind is not CertificateKind.SPECIAL_OPERATION_CARD:
                raise InvalidValue(f"{CERTIFICATE_NAMES[kind]}没有作业类别，请不要填写。", field="trade")
        faults.raise_together()
        return cls(
            id=id,
            kind=kind,
            number=number,
            enterprise_id=enterprise_id,
            person_id=person_id,
            issued_on=issued_on,
            expires_on=expires_on,
            review_due_on=review_due_on,
            trade=trade,
        )

    @property
    def number_is_usual(self) -> bool:
        return number_is_usual(self.kind, self.number)

    @property
    def holder(self) -> tuple[EnterpriseId, PersonId | None, CertificateKind]:
        """Whose certificate it is and of which kind."""
        return self.enterprise_id, self.person_id, self.kind

    def renewed_by(self, other: Certificate) -> bool:
        """Whether the other takes its place: of the same holder and trade, and valid longer.

        Where the directory does not say which person holds a personal certificate, or of which trade a card
        is, two different numbers may be two different certificates: then only the same number renews.
        """
        if other.expires_on <= self.expires_on or (other.holder, other.trade) != (self.holder, self.trade):
            return False
        return self._says_what_it_is or other.number == self.number

    @property
    def _says_what_it_is(self) -> bool:
        if self.kind in PERMITS:
            return True
        is_card = self.kind is CertificateKind.SPECIAL_OPERATION_CARD
        return self.person_id is not None and (self.trade is not None or not is_card)

    def valid_on(self, day: date) -> bool:
        return self.issued_on <= day <= self.expires_on


def counts_on(day: date, certificates: Iterable[Certificate], kind: CertificateKind) -> Certificate | None:
    """The certificate of a kind that counts on the day; None if there is none of the kind.

    It is the one that lasts longest among those valid on the day, else among all.
    """
    of_kind = [c for c in certificates if c.kind is kind]
    return max(of_kind, key=lambda c: (c.valid_on(day), c.expires_on, c.issued_on, str(c.id)), default=None)


def permit_facts(
    kind: EnterpriseKind, certificates: Iterable[Certificate], day: date
) -> tuple[PermitFact, ...]:
    """The permit that the enterprise needs, even if it has none, then the other permits that it has."""
    own = list(certificates)
    needed = PERMIT_OF[kind]
    has = {certificate.kind for certificate in own}
    shown = (needed, *(permit for permit in PERMIT_OF.values() if permit is not needed and permit in has))
    return tuple(_permit_fact(permit, counts_on(day, own, permit), day) for permit in shown)


def _permit_fact(kind: CertificateKind, permit: Certificate | None, day: date) -> PermitFact:
    name = CERTIFICATE_NAMES[kind]
    if permit is None:
        return PermitFact(name, None, None, valid=False)
    left = (permit.expires_on - day).days
    return PermitFact(name, permit.number, permit.expires_on, permit.valid_on(day), left)


@dataclass(frozen=True, slots=True)
class PermitFact:
    """What the directory says about one permit on a day; all but `name` and `valid` are None if there is none.

    `days_left` is negative after the expiry; sheets and reports of earlier releases lack it.
    """

    name: str
    number: str | None
    expires_on: date | None
    valid: bool
    days_left: int | None = None

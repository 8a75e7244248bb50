"""Makes the demo's certificates, before and after expiry, and shutdown periods, all relative to a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

from ...domain.directory.certificate import PERMIT_OF, Certificate, CertificateKind, Trade
from ...domain.directory.enterprise import EnterpriseKind, StopReason
from ...domain.directory.shutdown import ShutdownPeriod
from ...domain.values import CertificateId, PersonId, RegionId, ShutdownPeriodId, fact_id
from .enterprises import StaffedEnterprise

_DAYS_LEFT: Final = {2: 117, 4: 88, 6: 58, 8: 29, 10: 14, 12: 6, 14: 1, 17: 0}
"""Days until a permit expires, by the enterprise's index modulo 25: one for every reminder window."""
_SOON: Final = (115, 85, 55, 27, 12, 5, 1, 0)
_EXPIRED_PRODUCERS: Final = 13
_EXPIRED_WHOLESALERS: Final = 40
_ODD_NUMBERS: Final = 19
_STOPPED: Final = 20
STOPPED_COUNTY: Final = RegionId("610524")
_REASONS: Final = (StopReason.RECTIFICATION, StopReason.OWN_DECISION, StopReason.SEVERE_WEATHER)
_TRADES: Final = tuple(Trade)
_HOT_MONTHS: Final = range(6, 10)
"""June to September: in other months nobody stops because of the heat."""


def certificates(seed: int, staffed: StaffedEnterprise, today: date) -> Iterator[Certificate]:
    """An enterprise's permit, its people's qualifications and, for a producer, special-operation cards."""
    random = Random(f"{seed}|certificates|{staffed.index}")
    yield _permit(seed, staffed, random, today)
    for number, person in enumerate(staffed.people):
        kind = CertificateKind.SAFETY_MANAGER_QUALIFICATION if number else CertificateKind.HEAD_QUALIFICATION
        issued, expires = _term(today + timedelta(days=_days_left(random)), years=3)
        yield Certificate.parse(
            id=_id(seed, staffed, kind, number),
            kind=kind,
            number=f"AQ{issued.year}6100{staffed.index:05d}{number}",
            enterprise_id=staffed.enterprise.id,
            person_id=person.id,
            issued_on=issued,
            expires_on=expires,
        )
    if staffed.enterprise.kind is EnterpriseKind.PRODUCTION:
        for number in range(random.randint(1, 3)):
            holder = staffed.managers[number].id if number < len(staffed.managers) else None
            yield _card(seed, staffed, random, today, number, holder)


def _permit(seed: int, staffed: StaffedEnterprise, random: Random, today: date) -> Certificate:
    kind = PERMIT_OF[staffed.enterprise.kind]
    production = kind is CertificateKind.PRODUCTION_PERMIT
    left = _DAYS_LEFT.get(staffed.index % 25, random.randint(130, 1000))
    if staffed.number % (_EXPIRED_PRODUCERS if production else _EXPIRED_WHOLESALERS) == 7:
        left = -random.randint(3, 60)
    issued, expires = _term(today + timedelta(days=left), years=3)
    number = staffed.number + 1
    if staffed.index % _ODD_NUMBERS == _ODD_NUMBERS - 1:
        text = f"陕{'YH' if production else 'PF'}字[{issued.year}]第{number}号"
    elif production:
        text = f"（陕）YH安许证字〔{issued.year}〕{number:06d}"
    else:
        text = f"(陕)PF〔{issued.year}〕{number:04d}"
    return Certificate.parse(
        id=_id(seed, staffed, kind, 0),
        kind=kind,
        number=text,
        enterprise_id=staffed.enterprise.id,
        issued_on=issued,
        expires_on=expires,
    )


def _card(
    seed: int, staffed: StaffedEnterprise, random: Random, today: date, number: int, holder: PersonId | None
) -> Certificate:
    """A card valid for six years: in the first half its review is due next, in the second its expiry."""
    kind = CertificateKind.SPECIAL_OPERATION_CARD
    in_first_half = number == 0 or random.random() < 0.6
    due = today + timedelta(days=_days_left(random))
    if in_first_half:
        issued = _years_later(due, -3)
        expires = _years_later(issued, 6) - timedelta(days=1)
    else:
        issued, expires = _term(due, years=6)
    return Certificate.parse(
        id=_id(seed, staffed, kind, number),
        kind=kind,
        number=f"TZ6100{staffed.index:05d}{number:02d}",
        enterprise_id=staffed.enterprise.id,
        person_id=holder,
        issued_on=issued,
        expires_on=expires,
        review_due_on=due if in_first_half else None,
        trade=_TRADES[(staffed.index + number) % len(_TRADES)],
    )


def _days_left(random: Random) -> int:
    """Days left: mostly many; one in ten is in a reminder window, one in forty has expired."""
    dice = random.random()
    if dice < 0.025:
        return -random.randint(1, 40)
    if dice < 0.125:
        return random.choice(_SOON)
    return random.randint(130, 1000)


def _term(expires: date, *, years: int) -> tuple[date, date]:
    return _years_later(expires, -years) + timedelta(days=1), expires


def _years_later(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes 28 February."""
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28)
    return day.replace(year=day.year + years)


def _id(seed: int, staffed: StaffedEnterprise, kind: CertificateKind, number: int) -> CertificateId:
    return CertificateId(fact_id("demo", seed, "certificate", staffed.index, kind.value, number))


def shutdown_periods(
    seed: int, all_staffed: Sequence[StaffedEnterprise], today: date
) -> Iterator[ShutdownPeriod]:
    """One enterprise in twenty is shut down now; also one past, future, cancelled and county-wide period."""
    for staffed in all_staffed:
        place = staffed.index % _STOPPED
        if place == 9:
            random = Random(f"{seed}|shutdown|{staffed.index}")
            first = today - timedelta(days=random.randint(0, 10))
            last = today + timedelta(days=random.randint(2, 20))
            yield _period(seed, staffed, first, last, _reason(staffed.index // _STOPPED, first))
    others = {staffed.index: staffed for staffed in all_staffed}
    if 10 in others:
        over = today - timedelta(days=20)
        yield _period(seed, others[10], over - timedelta(days=14), over, StopReason.RECTIFICATION)
    if 11 in others:
        coming = today + timedelta(days=15)
        yield _period(seed, others[11], coming, coming + timedelta(days=9), StopReason.HOLIDAY)
    if 12 in others:
        yield _period(seed, others[12], today, today + timedelta(days=5), StopReason.OTHER, cancelled=True)
    yield ShutdownPeriod.parse(
        id=ShutdownPeriodId(fact_id("demo", seed, "shutdown region", STOPPED_COUNTY)),
        enterprise_id=None,
        region_id=STOPPED_COUNTY,
        kind=EnterpriseKind.PRODUCTION,
        first_day=today - timedelta(days=1),
        last_day=today + timedelta(days=6),
        reason=StopReason.RECTIFICATION,
        note="全县烟花爆竹生产企业停产整改",
    )


def _reason(number: int, first: date) -> StopReason:
    reasons = (StopReason.HIGH_TEMPERATURE, *_REASONS) if first.month in _HOT_MONTHS else _REASONS
    return reasons[number % len(reasons)]


def _period(
    seed: int,
    staffed: StaffedEnterprise,
    first: date,
    last: date,
    reason: StopReason,
    *,
    cancelled: bool = False,
) -> ShutdownPeriod:
    return ShutdownPeriod.parse(
        id=ShutdownPeriodId(fact_id("demo", seed, "shutdown", staffed.index)),
        enterprise_id=staffed.enterprise.id,
        region_id=None,
        first_day=first,
        last_day=last,
        reason=reason,
        cancelled=cancelled,
    )

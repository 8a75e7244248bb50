"""停产期: the days on which enterprises are stopped, registered by a department or declared by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from typing import Final

from ..faults import Faults
from ..refusals import ActionNotAllowed, InvalidValue
from ..signed import Signed
from ..values import EnterpriseId, RegionId, ShutdownPeriodId, fact_id, parse_text
from .enterprise import EnterpriseKind, StopReason

LONGEST_PERIOD: Final = 366
"""The most days of a period that a department registers."""
LONGEST_DECLARED: Final = 90
"""The most days that an enterprise declares by itself in one report."""


class ShutdownCancelled(ActionNotAllowed):
    """The shutdown period was cancelled before: it does not change any more and does not come back."""

    code = "SHUTDOWN_CANCELLED"


class StopAnnulled(ActionNotAllowed):
    """The enterprise declares a stop on days for which a department has annulled its declaration."""

    code = "STOP_ANNULLED"


class StopTooLong(InvalidValue):
    """The expected resumption lies further away than an enterprise may declare by itself."""

    code = "STOP_TOO_LONG"


class PeriodSource(Enum):
    """Who made a shutdown period: a department registered it, or the enterprise declared it in a report."""

    DEPARTMENT = "DEPARTMENT"
    ENTERPRISE = "ENTERPRISE"


PERIOD_SOURCE_NAMES: Final = {
    PeriodSource.DEPARTMENT: "监管部门登记",
    PeriodSource.ENTERPRISE: "企业自行申报",
}


@dataclass(frozen=True, slots=True)
class PeriodSigned:
    """Who registered or cancelled a period; `department` is empty for the enterprise and the system."""

    signed: Signed
    department: str = ""


@dataclass(frozen=True, slots=True)
class PeriodCancellation:
    """Who cancelled a period, when and why; `reason` may be empty for a department's own period."""

    by: PeriodSigned
    reason: str


@dataclass(frozen=True, slots=True)
class ShutdownFact:
    """The period that covers a day, as an automatic report states it.

    `registrar` is the department, or the person who declared it; empty if it was not recorded.
    """

    first_day: date
    last_day: date
    source: PeriodSource
    registrar: str
    registered_on: date | None


def shutdown_period_id(
    target: EnterpriseId | RegionId,
    first_day: date,
    last_day: date,
    kind: EnterpriseKind | None = None,
    attempt: int = 1,
) -> ShutdownPeriodId:
    """Make the id from target, days and kind: a period entered by hand and then imported exists only once.

    A later `attempt` gives another id, for when the first belongs to a period that says something else.
    """
    more = ([kind.value] if kind else []) + ([str(attempt)] if attempt > 1 else [])
    return ShutdownPeriodId(fact_id("shutdown", target, first_day, last_day, *more))


def declared_period_id(enterprise_id: EnterpriseId, day: date, revision: int) -> ShutdownPeriodId:
    """Make the id of a declared period from the report that declares it."""
    return ShutdownPeriodId(fact_id("declared-shutdown", enterprise_id, day, revision))


def latest_resumption(day: date, known_until: date | None) -> date:
    """The latest resumption that a report of the day may state.

    `known_until` is the day after the period that covers the day, if there is one.
    """
    latest = day + timedelta(days=LONGEST_DECLARED)
    return latest if known_until is None else max(latest, known_until)


@dataclass(frozen=True, slots=True)
class ShutdownPeriod:
    """停产期: the days, both ends included, on which one enterprise or a whole region is stopped.

    `kind` limits a region's period to one kind of enterprise. Cancelled periods are kept, but no longer
    count. Periods stored by earlier releases have neither `registered` nor `cancellation`.
    """

    id: ShutdownPeriodId
    enterprise_id: EnterpriseId | None
    region_id: RegionId | None
    kind: EnterpriseKind | None
    first_day: date
    last_day: date
    reason: StopReason
    note: str
    cancelled: bool = False
    source: PeriodSource = PeriodSource.DEPARTMENT
    registered: PeriodSigned | None = None
    cancellation: PeriodCancellation | None = None

    @classmethod
    def parse(
        cls,
        *,
        id: ShutdownPeriodId,
        enterprise_id: EnterpriseId | None,
        region_id: RegionId | None,
        kind: EnterpriseKind | None = None,
        first_day: date,
        last_day: date,
        reason: StopReason,
        note: str = "",
        cancelled: bool = False,
        source: PeriodSource = PeriodSource.DEPARTMENT,
        registered: PeriodSigned | None = None,
    ) -> ShutdownPeriod:
        """Refuses a period without exactly one target, with its end before its start, or over 366 days."""
        faults = Faults()
        with faults:
            if (enterprise_id is None) == (region_id is None):
                raise InvalidValue("停产期必须且只能针对一家企业或一个区域。", field="enterpriseId")
        with faults:
            if last_day < first_day:
                raise InvalidValue(f"停产期的结束日期{last_day}早于开始日期{first_day}。", field="lastDay")
            days = (last_day - first_day).days + 1
            if days > LONGEST_PERIOD:
                raise InvalidValue(f"停产期最长{LONGEST_PERIOD}天，现为{days}天。", field="lastDay")
        with faults:
            note = parse_text(note, what="说明", field="note", longest=200, shortest=0)
        faults.raise_together()
        return cls(
            id=id,
            enterprise_id=enterprise_id,
            region_id=region_id,
            kind=kind,
            first_day=first_day,
            last_day=last_day,
            reason=reason,
            note=note,
            cancelled=cancelled,
            source=source,
            registered=registered,
        )

    def covers(self, day: date) -> bool:
        return not self.cancelled and self.first_day <= day <= self.last_day

    @property
    def declared(self) -> bool:
        """Whether the enterprise itself declared it."""
        return self.source is PeriodSource.ENTERPRISE

    @property
    def annulled(self) -> bool:
        """Whether a department has cancelled what the enterprise declared."""
        return self.declared and self.cancellation is not None and bool(self.cancellation.by.department)

    @property
    def registrar(self) -> str:
        """The department that registered it, or the person who declared it; empty if not recorded."""
        if self.registered is None:
            return ""
        return self.registered.signed.name if self.declared else self.registered.department

    def check_standing(self) -> None:
        """Raises ShutdownCancelled if it has been cancelled."""
        if self.cancelled:
            why = (
                f"，原因：{self.cancellation.reason}"
                if self.cancellation and self.cancellation.reason
                else ""
            )
            raise ShutdownCancelled(f"停产期（{self.first_day}至{self.last_day}）已被取消，不能恢复{why}。")

    def check_changeable(self) -> None:
        """Raises ActionNotAllowed if a department may not change it: a declared one can only be cancelled."""
        self.check_standing()
        if self.declared:
            raise ActionNotAllowed("企业自行申报的停产期不能更改，只能写明原因后取消。")

    def cancel(self, reason: str, *, by: PeriodSigned, today: date) -> ShutdownPeriod:
        """Cancel it by a department. What an enterprise declared needs a reason of 2 to 200 characters.

        Raises ShutdownCancelled, ActionNotAllowed if it is over, or InvalidValue.
        """
        self.check_standing()
        if self.last_day < today:
            raise ActionNotAllowed(f"停产期已于{self.last_day}结束，无需取消。")
        why = parse_text(
            reason, what="取消的原因", field="reason", longest=200, shortest=2 if self.declared else 0
        )
        return replace(self, cancelled=True, cancellation=PeriodCancellation(by, why))

    def end(self, last_day: date) -> ShutdownPeriod:
        """Let it end on `last_day`, which must not lie before its first day."""
        return replace(self, last_day=last_day)

    def withdraw(self, by: Signed) -> ShutdownPeriod:
        """Take it back: the enterprise has corrected the report that declared it."""
        return replace(
            self,
            cancelled=True,
            cancellation=PeriodCancellation(PeriodSigned(by), "企业更正了当日的安全承诺"),
        )

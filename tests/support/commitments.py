"""Commitments of an enterprise's day, and the facts that its form is checked against."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.commitment.form import CommitmentForm, Facts
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.certificate import CERTIFICATE_NAMES, PermitFact
from yanbao.domain.directory.enterprise import Enterprise, StopReason
from yanbao.domain.directory.organisation import Person
from yanbao.domain.signed import Signed

from .builders import DAY, NOW, a_form_for, a_permit, an_enterprise, an_id


def facts(enterprise: Enterprise | None = None, *, day: date = DAY, **changes: Any) -> Facts:
    """What the directory say of the enterprise on the day: a valid permit and no shutdown, unless changed."""
    of = an_enterprise() if enterprise is None else enterprise
    permit = a_permit(of)
    name = CERTIFICATE_NAMES[permit.kind]
    taken = Facts(
        credit_code=of.credit_code.text,
        enterprise_name=of.name,
        kind=of.kind,
        region_id=of.region_id,
        region_name="临潼区",
        business_date=day,
        workshops_total=len(of.workshops),
        powder_workshops_total=of.powder_workshops,
        warehouses_total=len(of.warehouses),
        approved_persons=of.approved_persons,
        approved_powder_kg=of.approved_powder_kg,
        approved_boxes=of.approved_boxes,
        approved_stock_kg=of.approved_stock_kg,
        permit=PermitFact(name, permit.number, permit.expires_on, valid=True),
        shutdown=None,
        shutdown_until=None,
        open_problems=None,
        open_alerts=None,
        directory_as_of=NOW - timedelta(days=54, microseconds=1),
        taken_at=instant(day, time(9, 0)),
        head_id=an_id("head", of.name),
        head_name="李永红",
    )
    return replace(taken, **changes)


def facts_in_shutdown(enterprise: Enterprise | None = None, *, day: date = DAY) -> Facts:
    return facts(
        enterprise, day=day, shutdown=StopReason.HIGH_TEMPERATURE, shutdown_until=day + timedelta(days=7)
    )


def signed(at: datetime = NOW, *, by: Person | None = None) -> Signed:
    return Signed(person_id=None if by is None else by.id, name="李永红" if by is None else by.name, at=at)


def owed(enterprise: Enterprise | None = None, *, day: date = DAY, due: time = time(10, 0)) -> Commitment:
    """The duty of the day, not yet reported."""
    of = an_enterprise() if enterprise is None else enterprise
    return Commitment.owe(
        enterprise_id=of.id,
        region_id=of.region_id,
        kind=of.kind,
        business_date=day,
        due_at=instant(day, due),
    )


def reported(
    enterprise: Enterprise | None = None,
    *,
    day: date = DAY,
    at: datetime | None = None,
    form: CommitmentForm | None = None,
    by: Person | None = None,
) -> Commitment:
    """The duty of the day, reported by a person at half past nine; `events` holds its announcement."""
    of = an_enterprise() if enterprise is None else enterprise
    commitment = owed(of, day=day)
    moment = instant(day, time(9, 30)) if at is None else at
    commitment.submit(
        a_form_for(of) if form is None else form, facts=facts(of, day=day), by=signed(moment, by=by)
    )
    return commitment


def reported_automatically(enterprise: Enterprise | None = None, *, day: date = DAY) -> Commitment:
    """The duty of the day, reported by the system because of a shutdown period."""
    of = an_enterprise() if enterprise is None else enterprise
    commitment = owed(of, day=day)
    commitment.report_automatically(facts=facts_in_shutdown(of, day=day), at=instant(day, time(0, 10)))
    return commitment


def reopened(enterprise: Enterprise | None = None, *, day: date = DAY) -> Commitment:
    """A report that the department opened again in the afternoon."""
    commitment = reported(enterprise, day=day)
    commitment.reopen("填报人数有误", by=signed(instant(day, time(15, 0))))
    return commitment


def owed_again(commitment: Commitment) -> Commitment:
    """The same duty as it stood before anything was reported."""
    return Commitment.owe(
        enterprise_id=commitment.enterprise_id,
        region_id=commitment.region_id,
        kind=commitment.kind,
        business_date=commitment.business_date,
        due_at=commitment.due_at,
    )

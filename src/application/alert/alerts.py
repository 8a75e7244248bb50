"""Use cases of alerts: the steps of the enterprise and the reviewer, and reading them within a scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from ...domain.alert.alert import Alert
from ...domain.alert.form import AlertKind
from ...domain.alert.groups import AlertGroup
from ...domain.alert.workflow import (
    ALERT_UNFED_BACK,
    AlertAction,
    AlertState,
    alert_actions_allowed,
    check_alert_party,
)
from ...domain.deadlines import business_date, is_late
from ...domain.directory.organisation import DepartmentSnapshot, Level
from ...domain.faults import refuse_together
from ...domain.handling.feedback import Addressee
from ...domain.handling.parties import parties_of
from ...domain.refusals import Conflict, NotFound
from ...domain.signed import Signed
from ...domain.values import AlertId, CertificateId
from ..access import EVERYTHING, Actor, Permission, check, may
from ..day_range import check_order_of_the_owed, check_search
from ..files.claiming import attachment_refusals
from ..policies import PolicyBook
from ..ports.alert import AlertFilter, AlertHistory, AlertOrder, AlertRow
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork
from ..steps import take_step
from ..within import check_department, check_enterprise, check_region
from .commands import ALERT_PERMISSIONS, ALERT_STEPS, AlertCommand, Circumstances

SORTED: Final = {AlertOrder.GRAVEST: "等级", AlertOrder.FEED_BACK_DUE: "反馈时限"}
"""Orders for which only alerts that are not fed back have an index, with their Chinese names."""
OWED: Final = frozenset({AlertGroup.UNFED_BACK, AlertGroup.OVERDUE})
"""Groups of alerts that still owe their final feedback."""


class Alerts:
    """Use cases of the alert. Every method checks access first and raises Refused if a rule forbids it.

    Each change returns the alert as it stands now. Raises NotFound for an alert outside the actor's scope,
    and Conflict for a revision that is not the newest.
    """

    def __init__(self, storage: Storage, readers: Readers, clock: Clock, policies: PolicyBook) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._policies = policies

    # ------------------------------------------------------------ acting

    def do(self, actor: Actor, command: AlertCommand, *, key: str | None = None) -> AlertRow:
        """Take the command's step, by ALERT_STEPS; return the alert as it stands now.

        Raises Forbidden when the step is another party's, Conflict when the person has seen an older
        revision.
        """
        step, id = ALERT_STEPS[type(command)], command.alert_id

        def get(work: UnitOfWork, now: datetime) -> Alert:
            alert = work.alerts.get(id, within=actor.scope)
            check_alert_party(step.action, alert.parties(actor.department_id, actor.enterprise_id))
            if alert.revision != command.revision:
                raise Conflict(
                    f"预警已更新到第{alert.revision}版，您看到的是第{command.revision}版，请刷新后再办理。",
                    field="revision",
                )
            return alert

        def act(work: UnitOfWork, alert: Alert, by: Signed) -> None:
            named = {"attachments": command.attachments}
            refuse_together(
                lambda: step.act(alert, command, by, self._around(work, alert, by)),
                attachment_refusals(work, named, by.person_id, alert_id=id),
            )

        def claim(work: UnitOfWork, alert: Alert, by: Signed) -> None:
            if named := command.attachments:
                work.attachments.claim(named, by.person_id, alert_id=id, field="attachments")

        take_step(
            self._storage,
            self._clock,
            actor,
            step.permission,
            command,
            key,
            reference=str(id),
            get=get,
            act=act,
            save=lambda work, alert: work.alerts.save(alert),
            then=claim,
        )
        shown = self.rows(actor, [id]).get(id)
        if shown is None:
            raise NotFound("预警")  # The key repeats an old step, and the person works elsewhere by now.
        return shown

    def _around(self, work: UnitOfWork, alert: Alert, by: Signed) -> Circumstances:
        policy = self._policies.policy(work, alert.addressee.region_id, business_date(by.at), now=by.at)
        reviewer = work.departments.get(alert.reviewer.id, within=EVERYTHING)
        above = reviewer
        if reviewer.parent_id is not None:
            above = work.departments.get(reviewer.parent_id, within=EVERYTHING)
        return Circumstances(policy, DepartmentSnapshot.of(above))

    # ------------------------------------------------------------ reading

    def page(
        self, actor: Actor, where: AlertFilter, page: Page, order: AlertOrder = AlertOrder.NEWEST
    ) -> Slice[AlertRow]:
        """Raises NotFound for a region, department or enterprise outside the scope."""
        check(actor, Permission.READ_ALERTS)
        self.check_filter(actor, where)
        if order in SORTED:
            owed_only = bool(where.unfed_back) or where.overdue_at is not None or where.group in OWED
            check_order_of_the_owed(
                SORTED[order], owed_only=owed_only, first_day=where.first_day, last_day=where.last_day
            )
        return self._readers.alerts.page(where, actor.scope, page, order)

    def count(self, actor: Actor, where: AlertFilter) -> int:
        check(actor, Permission.READ_ALERTS)
        self.check_filter(actor, where)
        return self._readers.alerts.count(where, actor.scope)

    def rows(self, actor: Actor, ids: Sequence[AlertId]) -> Mapping[AlertId, AlertRow]:
        check(actor, Permission.READ_ALERTS)
        return self._readers.alerts.alerts(ids, actor.scope)

    def histories(self, actor: Actor, ids: Sequence[AlertId]) -> Mapping[AlertId, AlertHistory]:
        """The history of each alert; ask only for ids that this actor has already been given as rows."""
        check(actor, Permission.READ_ALERTS)
        return self._readers.alerts.histories(ids)

    def of_certificates(
        self, actor: Actor, ids: Sequence[CertificateId]
    ) -> Mapping[CertificateId, Sequence[AlertRow]]:
        """The alerts of each certificate that have neither been closed nor ended, gravest first."""
        check(actor, Permission.READ_ALERTS)
        return self._readers.alerts.of_certificates(ids, actor.scope)

    def unfed_back(self, actor: Actor) -> Mapping[AlertKind, int]:
        """未反馈: how many alerts await feedback by the actor's enterprise, by kind; empty for others."""
        if actor.enterprise_id is None or not may(actor, Permission.READ_ALERTS):
            return {}
        return self._readers.alerts.unfed_back(actor.enterprise_id)

    def allowed_actions(self, actor: Actor, row: AlertRow) -> Sequence[AlertAction]:
        """What this actor may do to the alert now, so that no client repeats the rules."""
        addressee = Addressee(None, row.enterprise_id, row.enterprise_name, row.region_id, row.region_id)
        parties = parties_of(addressee, row.reviewer_id, actor.department_id, actor.enterprise_id)
        actions = alert_actions_allowed(
            row.state, parties, can_escalate=row.reviewer_level is not Level.PROVINCE
        )
        return [
            action for action in AlertAction if action in actions and may(actor, ALERT_PERMISSIONS[action])
        ]

    def overdue(self, row: AlertRow) -> bool:
        """Whether the enterprise has missed a deadline that is still unmet."""
        if row.state not in ALERT_UNFED_BACK:
            return False
        now = self._clock.now()
        unacknowledged = row.state is AlertState.OPEN and is_late(now, row.acknowledge_due)
        return unacknowledged or is_late(now, row.feed_back_due)

    def check_filter(self, actor: Actor, where: AlertFilter) -> None:
        """Raises NotFound for what lies outside the scope, InvalidValue for days that a search refuses."""
        directory = self._readers.directory
        check_region(directory, actor, where.region_id)
        check_department(directory, actor, where.reviewer_id, field="reviewerId")
        check_enterprise(directory, actor, where.enterprise_id)
        check_search(where.text, where.first_day, where.last_day)

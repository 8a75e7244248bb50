"""The table of scheduled jobs. Each wing lists its own jobs; this module joins them."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.alert.alert import Alert
from ..domain.problem.problem import Problem
from .alert.jobs import alert_jobs
from .alert.watch import CertificateWatch
from .commitment.commitments import Commitments
from .commitment.jobs import commitment_jobs
from .commitment.reminders import CommitmentReminders
from .commitment.resumption import ResumptionReminders
from .exchange.inbound import Inbound
from .exchange.jobs import exchange_jobs
from .exchange.pushes import MinistryPushes
from .export.clearing import ExportClearing
from .export.jobs import export_jobs
from .files.files import Files
from .files.jobs import file_jobs
from .handling.matters import Reviews, TermReminders
from .identity.identity import Identity
from .identity.jobs import identity_jobs
from .inspection.automatic import AutomaticInspections
from .inspection.jobs import inspection_jobs
from .inspection.weekly import Weekly
from .operations.audit import AuditTrail
from .operations.jobs import operations_jobs
from .operations.schedule import Job
from .ports.signals import Clock
from .problem.jobs import problem_jobs
from .report.jobs import report_jobs
from .report.making import ReportMaking


def scheduled_jobs(
    clock: Clock,
    commitments: Commitments,
    commitment_reminders: CommitmentReminders,
    resumption_reminders: ResumptionReminders,
    problem_reminders: TermReminders[Problem],
    problem_reviews: Reviews[Problem],
    alert_reminders: TermReminders[Alert],
    alert_reviews: Reviews[Alert],
    certificate_watch: CertificateWatch,
    automatic_inspections: AutomaticInspections,
    pushes: MinistryPushes,
    inbound: Inbound,
    weekly: Weekly,
    trail: AuditTrail,
    files: Files,
    export_clearing: ExportClearing,
    identity: Identity,
    report_making: ReportMaking,
) -> Sequence[Job]:
    """Every job of the system, in the order in which slots of the same instant should run."""
    return (
        *commitment_jobs(clock, commitments, commitment_reminders, resumption_reminders),
        *problem_jobs(clock, problem_reminders, problem_reviews),
        *alert_jobs(clock, alert_reminders, alert_reviews, certificate_watch),
        *inspection_jobs(automatic_inspections, weekly),
        *report_jobs(report_making, weekly),
        *exchange_jobs(pushes, inbound),
        *operations_jobs(trail),
        *file_jobs(files),
        *export_jobs(export_clearing),
        *identity_jobs(identity),
    )

"""The application: one object that holds every use case, and the function that builds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from ..domain.alert.alert import Alert
from ..domain.export.job import ROWS_AT_ONCE
from ..domain.files.ticket import TicketSubject
from ..domain.identity.account import MOST_ADDRESS_FAILURES
from ..domain.problem.problem import Problem
from .alert.alerts import Alerts
from .alert.kind import ALERTS
from .alert.watch import CertificateWatch
from .commitment.commitments import Commitments
from .commitment.figures import Figures
from .commitment.reminders import CommitmentReminders
from .commitment.resumption import ResumptionReminders
from .directory.browsing import Browsing
from .directory.contacts import Contacts
from .directory.directory import Directory
from .directory.settings import Settings
from .directory.shutdowns import Shutdowns
from .exchange.exchange import Exchange
from .exchange.inbound import Inbound
from .exchange.inbox import InboxLedger
from .exchange.pushes import MinistryPushes
from .exchange.reading import NoReader
from .export.catalogue import ExportCatalogue
from .export.clearing import ExportClearing
from .export.exports import Exports
from .export.lists import Areas, Statistics
from .export.operator import OperatorExports
from .export.runs import ExportRuns
from .files.files import Files
from .files.tickets import Downloads
from .handling.matters import Reviews, TermReminders
from .identity.identity import Identity
from .identity.memory import SessionMemory
from .inspection.automatic import AutomaticInspections
from .inspection.inspections import Inspections
from .inspection.patrol_targets import PatrolTargets
from .inspection.sheet import Sheets
from .inspection.weekly import Weekly
from .jobs import scheduled_jobs
from .markers import MarkerBoard
from .notice.notices import Notices
from .notice.receipts import SmsReceipts
from .notice.texts import LEASE, Texts
from .operations.audit import AuditTrail
from .operations.restores import Restores
from .operations.schedule import Job, Schedule
from .policies import PolicyBook
from .ports.exchange import MinistryPlatform
from .ports.export import Catalogue
from .ports.files import FileContents, FileStore
from .ports.identity import PasswordHasher, Tokens
from .ports.inbound import MinistryReader
from .ports.inspection import MonitoringSource
from .ports.notice import SmsGateway
from .ports.operations import AuditAnchor
from .ports.readers import Readers
from .ports.report import ReportWriter
from .ports.signals import Clock, Doorbell
from .ports.work import Storage
from .ports.workbook import WorkbookWriter
from .problem.kind import PROBLEMS
from .problem.problems import Problems
from .report.making import ReportMaking
from .report.reports import Reports
from .statistics.alerts import AlertStatistics
from .statistics.commitments import CommitmentStatistics
from .statistics.inspections import InspectionStatistics
from .statistics.problems import ProblemStatistics
from .statistics.verifying import RollUpCheck
from .statistics.wall import Walls
from .still_owed import STILL_OWED


@dataclass(frozen=True, slots=True)
class Application:
    """One field per area. Everything is synchronous and may be called from any thread."""

    clock: Clock
    identity: Identity
    directory: Directory
    shutdowns: Shutdowns
    browsing: Browsing
    contacts: Contacts
    settings: Settings
    commitments: Commitments
    inspections: Inspections
    automatic_inspections: AutomaticInspections
    patrol_targets: PatrolTargets
    problems: Problems
    alerts: Alerts
    figures: Figures
    commitment_statistics: CommitmentStatistics
    inspection_statistics: InspectionStatistics
    problem_statistics: ProblemStatistics
    alert_statistics: AlertStatistics
    roll_up_check: RollUpCheck
    markers: MarkerBoard
    walls: Walls
    files: Files
    downloads: Downloads
    exports: Exports
    export_runs: ExportRuns
    operator_exports: OperatorExports
    notices: Notices
    exchange: Exchange
    inbound: Inbound
    inbox: InboxLedger
    audit: AuditTrail
    commitment_reminders: CommitmentReminders
    resumption_reminders: ResumptionReminders
    problem_reminders: TermReminders[Problem]
    problem_reviews: Reviews[Problem]
    alert_reminders: TermReminders[Alert]
    alert_reviews: Reviews[Alert]
    certificate_watch: CertificateWatch
    texts: Texts
    receipts: SmsReceipts
    pushes: MinistryPushes
    weekly: Weekly
    reports: Reports
    report_making: ReportMaking
    schedule: Schedule
    restores: Restores


@dataclass(frozen=True, slots=True)
class Outside:
    """What the application needs from outside; integrators and tests swap any of them."""

    storage: Storage
    readers: Readers
    clock: Clock
    ministry: MinistryPlatform
    sms: SmsGateway
    doorbell: Doorbell
    hasher: PasswordHasher
    tokens: Tokens
    anchor: AuditAnchor
    files: FileStore
    contents: FileContents
    report_writer: ReportWriter
    workbooks: WorkbookWriter
    catalogue: Catalogue | None = None
    """What can be exported; None: the lists and statistics of this system."""
    monitoring: MonitoringSource | None = None
    """If None, the online rates of video and sensors are not connected."""
    ministry_reader: MinistryReader = field(default_factory=NoReader)
    """Reads what the ministry sends down; without one it is kept until there is one."""
    address_failures: int = MOST_ADDRESS_FAILURES
    """After so many failed log-ins from one address, its log-ins are refused for a while."""
    lease: timedelta = LEASE
    """How long a worker has the duties that it has claimed."""
    rows_at_once: int = ROWS_AT_ONCE
    """An export with so many rows at most is made while its owner waits."""
    each_job: Callable[[Job], Job] = lambda job: job
    """Wraps every scheduled job, to measure it for example."""
    sessions: SessionMemory = field(default_factory=lambda: SessionMemory(seconds=0.0))
    """What is remembered of sessions; whoever gives one makes it forget when something changes."""


def build(outside: Outside, policies: PolicyBook) -> Application:
    """Build the application by plain calls. `policies` is the same object that the reactions use."""
    storage, readers, clock = outside.storage, outside.readers, outside.clock
    commitments = Commitments(storage, readers, clock, policies)
    problems = Problems(storage, readers, clock, policies)
    alerts = Alerts(storage, readers, clock, policies)
    sheets = Sheets(readers.inspections, outside.monitoring)
    automatic_inspections = AutomaticInspections(storage, readers, clock, policies, sheets)
    reminders = CommitmentReminders(storage, clock, policies, outside.doorbell)
    resumption_reminders = ResumptionReminders(storage, clock, policies, outside.doorbell)
    problem_reminders = TermReminders(PROBLEMS, storage, clock, policies, outside.doorbell)
    problem_reviews = Reviews(PROBLEMS, storage, clock, policies, outside.doorbell)
    alert_reminders = TermReminders(ALERTS, storage, clock, policies, outside.doorbell)
    alert_reviews = Reviews(ALERTS, storage, clock, policies, outside.doorbell)
    certificate_watch = CertificateWatch(storage, clock, policies, outside.doorbell)
    pushes = MinistryPushes(storage, clock, outside.ministry, policies, outside.lease)
    inbound = Inbound(storage, clock, outside.ministry_reader, policies, outside.doorbell, outside.lease)
    weekly = Weekly(storage, readers, clock, policies, outside.doorbell)
    trail = AuditTrail(storage, readers, clock, outside.anchor)
    report_making = ReportMaking(
        storage, readers, clock, policies, weekly, outside.files, outside.report_writer
    )
    files = Files(storage, readers, clock, outside.tokens, outside.files, outside.contents)
    reports = Reports(storage, readers, clock, files.tickets, outside.files)
    identity = Identity(
        storage,
        readers,
        clock,
        outside.hasher,
        outside.tokens,
        outside.address_failures,
        outside.sessions,
    )
    inspections = Inspections(storage, readers, clock, policies, sheets)
    problems = Problems(storage, readers, clock, policies)
    alerts = Alerts(storage, readers, clock, policies)
    browsing = Browsing(readers)
    notices = Notices(storage, readers, clock)
    inbox = InboxLedger(storage, readers, clock, outside.ministry_reader, policies, outside.doorbell)
    exchange = Exchange(storage, readers, clock, outside.doorbell)
    areas = Areas(
        commitments=commitments,
        inspections=inspections,
        weekly=weekly,
        problems=problems,
        alerts=alerts,
        browsing=browsing,
        notices=notices,
        exchange=exchange,
        inbox=inbox,
        audit=trail,
    )
    statistics = Statistics(
        commitments=CommitmentStatistics(readers, clock),
        inspections=InspectionStatistics(readers, clock),
        problems=ProblemStatistics(readers, problems, clock),
        alerts=AlertStatistics(readers, alerts, clock),
    )
    catalogue = outside.catalogue or ExportCatalogue(areas, statistics, readers, clock)
    workbooks, store, doorbell = outside.workbooks, outside.files, outside.doorbell
    export_runs = ExportRuns(storage, readers, clock, catalogue, workbooks, store, doorbell, outside.lease)
    exports = Exports(
        storage, readers, clock, catalogue, export_runs, files.tickets, store, doorbell, outside.rows_at_once
    )
    jobs = scheduled_jobs(
        clock,
        commitments,
        reminders,
        resumption_reminders,
        problem_reminders,
        problem_reviews,
        alert_reminders,
        alert_reviews,
        certificate_watch,
        automatic_inspections,
        pushes,
        inbound,
        weekly,
        trail,
        files,
        ExportClearing(storage, readers, clock, store, workbooks),
        identity,
        report_making,
    )
    return Application(
        clock=clock,
        identity=identity,
        directory=Directory(storage, readers, clock),
        shutdowns=Shutdowns(storage, clock),
        browsing=browsing,
        contacts=Contacts(storage, readers, clock),
        settings=Settings(storage, readers, clock),
        commitments=commitments,
        inspections=inspections,
        automatic_inspections=automatic_inspections,
        patrol_targets=PatrolTargets(readers, clock),
        problems=problems,
        alerts=alerts,
        figures=Figures(readers, clock),
        commitment_statistics=statistics.commitments,
        inspection_statistics=statistics.inspections,
        problem_statistics=statistics.problems,
        alert_statistics=statistics.alerts,
        roll_up_check=RollUpCheck(readers),
        markers=MarkerBoard(readers, clock),
        walls=Walls(readers, clock, statistics.commitments),
        files=files,
        downloads=Downloads(
            files.tickets,
            {
                TicketSubject.ATTACHMENT: files.open,
                TicketSubject.EXPORT: exports.open,
                TicketSubject.REPORT: reports.open,
            },
        ),
        exports=exports,
        export_runs=export_runs,
        operator_exports=OperatorExports(storage, clock, catalogue, workbooks),
        notices=notices,
        inbound=inbound,
        inbox=inbox,
        exchange=exchange,
        audit=trail,
        commitment_reminders=reminders,
        resumption_reminders=resumption_reminders,
        problem_reminders=problem_reminders,
        problem_reviews=problem_reviews,
        alert_reminders=alert_reminders,
        alert_reviews=alert_reviews,
        certificate_watch=certificate_watch,
        texts=Texts(storage, clock, policies, outside.sms, outside.doorbell, STILL_OWED, outside.lease),
        receipts=SmsReceipts(storage, clock, outside.sms, outside.doorbell, outside.lease),
        pushes=pushes,
        weekly=weekly,
        reports=reports,
        report_making=report_making,
        schedule=Schedule(storage, clock, [outside.each_job(job) for job in jobs]),
        restores=Restores(storage, readers, clock, trail, outside.ministry, outside.doorbell),
    )

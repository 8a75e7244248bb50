"""The composition root: builds adapters and application from the settings; it alone knows all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from .adapters.anchor import FileAnchor
from .adapters.clock import MovableClock, SystemClock
from .adapters.excel.writing.writer import ExcelWriter
from .adapters.files.contents import CheckedContents
from .adapters.files.local import LocalFileStore
from .adapters.identity import Argon2Hasher, OpaqueTokens
from .adapters.jobs import DramatiqDoorbell, Rounds, make_broker
from .adapters.metrics.exchange import MeasuredMailbox, MeasuredMinistry, MeasuredSms
from .adapters.metrics.figures import Metrics
from .adapters.ministry.collecting import Burst
from .adapters.ministry.inbound_profile import Delivery
from .adapters.ministry.profile import Profile as ExchangeProfile
from .adapters.ministry.profile import UnfitProfile
from .adapters.ministry.reading import ProfileReader
from .adapters.ministry.shipped import find_profile
from .adapters.ministry.signers import Signing
from .adapters.ministry.wire import Wire, WireKeys
from .adapters.sms.console import ConsoleSms
from .adapters.sql.connections import connect
from .adapters.sql.engine import JOB_STATEMENT_SECONDS, make_engine, reading_engine
from .adapters.sql.migrations import is_behind
from .adapters.sql.reading.condition import SqlConditionReader
from .adapters.sql.storage import SqlStorage
from .adapters.word.writer import DocxWriter
from .application.app import Application, Outside, build
from .application.exchange.polling import Polling
from .application.exchange.pushes import KINDS
from .application.identity.memory import SessionMemory
from .application.notice.nudges import SESSIONS, nudged_by
from .application.operations.watch import Watch
from .application.policies import PolicyBook
from .application.ports.exchange import MinistryPlatform
from .application.ports.files import FileStore
from .application.ports.inbound import MinistryMailbox, MinistryReader
from .application.ports.inspection import MonitoringSource
from .application.ports.notice import SmsGateway
from .application.ports.signals import Clock, Nudges
from .application.reactions import ReactionTable
from .application.waiting import bounded
from .domain.events import Event
from .domain.exchange.duty import Topic
from .faultpoints import arm
from .graphql.live import NudgeHub
from .settings import FileStoreKind, Profile, Settings, SmsProvider

# What only some installations use is imported where it is made: the libraries behind it are large.
if TYPE_CHECKING:
    import dramatiq

    from .adapters.live import RedisNudges


class NotMigrated(Exception):
    """The database lacks migrations of this release; the message says what to do."""


SWEEP_SECONDS = 5.0
TICK_SECONDS = 1.0
PING_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class System:
    """All parts of one running process."""

    settings: Settings
    engine: Engine
    storage: SqlStorage
    app: Application
    clock: Clock
    metrics: Metrics
    """The figures of this process."""
    watch: Watch
    """Looks at the whole system, for readiness, metrics and the doctor."""
    hub: NudgeHub
    relay: RedisNudges | None
    """Carries nudges between processes; None without Redis, when there is only this process."""
    broker: dramatiq.Broker
    doorbell: DramatiqDoorbell
    resources: ExitStack
    """Everything that must be closed at the end."""
    exchange_profile: ExchangeProfile
    inbound_wire: Wire | None
    """Verifies what the ministry delivers; None: nothing is received."""
    burst: Burst
    """Lets this process receive before it processes."""
    polling: Polling | None
    """Fetches what the ministry has for us; None if it pushes."""

    def clock_rounds(self) -> Sequence[Rounds]:
        """The schedule's tick, run by `yanbao clock` or inside the API process."""
        return (Rounds("schedule", TICK_SECONDS, self.app.schedule.tick_when_due),)

    def worker_rounds(self) -> Sequence[Rounds]:
        """The outbox sweep, run by `yanbao worker` or inside the API process. It needs no Redis."""
        sweeps = self.doorbell.sweeps(SWEEP_SECONDS)
        if self.polling is None:
            return sweeps
        seconds = self.exchange_profile.inbound.poll.seconds
        return (*sweeps, Rounds("mailbox", seconds, self.polling.round))

    def ping(self) -> None:
        """Raise Unavailable if the database does not answer within PING_SECONDS."""
        with bounded(PING_SECONDS), connect(self.engine) as connection:
            connection.exec_driver_sql("SELECT 1")

    def check_tables(self) -> None:
        """Raise NotMigrated if tables or columns of this release are missing."""
        if is_behind(self.engine):
            raise NotMigrated("it has not the tables of this release: run  yanbao migrate  first")

    def close(self) -> None:
        """Close every connection, the database's last. The caller has stopped everything that uses them."""
        self.resources.close()


def make_clock(settings: Settings) -> Clock:
    """Make the system clock; in the demo profile it can be moved forward."""
    return (
        MovableClock(settings.var / "demo-clock.json") if settings.profile is Profile.DEMO else SystemClock()
    )


def exchange_profile(settings: Settings) -> ExchangeProfile:
    """Read the profile that the settings choose. Raises UnfitProfile; production refuses one that does not sign."""
    profile = find_profile(settings.ministry_profile)
    if settings.profile is Profile.PRODUCTION and profile.signer is Signing.NONE:
        raise UnfitProfile(settings.ministry_profile, ["signer: production needs signed messages, not NONE"])
    if settings.ministry_app_id:
        profile = profile.model_copy(update={"app_id": settings.ministry_app_id})
    return profile


def ministry_keys(settings: Settings) -> WireKeys:
    """The keys of the exchange that the settings have."""
    secret = settings.ministry_secret
    return WireKeys(
        secret=secret.get_secret_value().encode() if secret else None,
        body_key=settings.key_bytes("ministry_body_key"),
        private_key=settings.key_bytes("ministry_private_key"),
        public_key=settings.key_bytes("ministry_public_key"),
    )


def make_ministry(settings: Settings, resources: ExitStack) -> MinistryPlatform:
    """Make the HTTP client of the ministry; without an address (demo only) a twin that accepts everything.

    Raises UnfitProfile for a profile that cannot be used, or whose keys the settings do not have.
    """
    profile = exchange_profile(settings)
    if settings.ministry_url is None:
        from .adapters.ministry.twin import TwinMinistry

        return TwinMinistry(profile)
    from .adapters.ministry.push import HttpMinistry

    try:
        ministry = HttpMinistry(settings.ministry_url, keys=ministry_keys(settings), profile=profile)
    except ValueError as no:
        raise UnfitProfile(settings.ministry_profile, [str(no)]) from no
    return resources.enter_context(closing(ministry))


def make_inbound_wire(settings: Settings) -> Wire | None:
    """Make what verifies and opens the ministry's deliveries; None if the settings say nothing of them.

    Raises UnfitProfile.
    """
    if settings.ministry_inbound is None:
        return None
    app_id, secret = settings.ministry_inbound
    profile = exchange_profile(settings).model_copy(update={"app_id": app_id})
    try:
        return Wire(profile, replace(ministry_keys(settings), secret=secret))
    except ValueError as no:
        raise UnfitProfile(settings.ministry_profile, [f"inbound: {no}"]) from no


def make_reader(settings: Settings, inbound_wire: Wire | None) -> MinistryReader:
    """Make what reads the ministry's messages; without deliveries, they are opened by the keys of a mailbox."""
    profile = exchange_profile(settings)
    return ProfileReader(profile, inbound_wire or Wire(profile, ministry_keys(settings)))


def make_mailbox(settings: Settings, resources: ExitStack) -> MinistryMailbox | None:
    """Make the HTTP client of the ministry's mailbox; None if the profile says that the ministry pushes."""
    profile = exchange_profile(settings)
    if settings.ministry_url is None or profile.inbound.delivery is not Delivery.POLL:
        return None
    from .adapters.ministry.poll import HttpMailbox

    wire = Wire(profile, ministry_keys(settings))
    return resources.enter_context(closing(HttpMailbox(settings.ministry_url, wire=wire, profile=profile)))


def make_sms(settings: Settings, resources: ExitStack) -> SmsGateway:
    """Make the SMS gateway that the settings choose."""
    if settings.sms is SmsProvider.CONSOLE:
        return ConsoleSms()
    from .adapters.sms.mas import CloudMas, MasAccount

    assert settings.sms_secret_key is not None, "settings refuse MAS without its secret"
    account = MasAccount(
        host=settings.sms_host or "",
        ec_name=settings.sms_ec_name or "",
        ap_id=settings.sms_ap_id or "",
        secret_key=settings.sms_secret_key.get_secret_value(),
        sign=settings.sms_sign or "",
        enquiry_path=settings.sms_enquiry_path,
    )
    return resources.enter_context(closing(CloudMas(account)))


def make_monitoring(settings: Settings, resources: ExitStack) -> MonitoringSource | None:
    """Make the HTTP client of the monitoring platform; None if the settings have no address."""
    if not settings.monitoring_url:
        return None
    from .adapters.monitoring import HttpMonitoring

    return resources.enter_context(closing(HttpMonitoring(settings.monitoring_url)))


def make_file_store(settings: Settings, resources: ExitStack) -> FileStore:
    """Make the store for attachments: a folder, or an S3-compatible store."""
    if settings.file_store is FileStoreKind.LOCAL:
        return LocalFileStore(settings.files_folder)
    from .adapters.files.s3 import S3Account, S3FileStore

    assert settings.s3_secret_key is not None, "settings refuse S3 without its secret"
    account = S3Account(
        url=settings.s3_url or "",
        bucket=settings.s3_bucket or "",
        region=settings.s3_region,
        access_key=settings.s3_access_key or "",
        secret_key=settings.s3_secret_key.get_secret_value(),
    )
    return resources.enter_context(closing(S3FileStore(account)))


def wire(settings: Settings, *, statement_seconds: float = JOB_STATEMENT_SECONDS) -> System:
    """Build the system. This contacts nothing and starts no thread yet. Raises UnfitProfile.

    `statement_seconds` bounds each statement; a process that only answers requests needs less than a job.
    """
    arm(settings.fault_points)
    settings.var.mkdir(parents=True, exist_ok=True)
    clock = make_clock(settings)
    policies = PolicyBook()
    resources = ExitStack()
    engine = make_engine(settings.database, statement_seconds=statement_seconds)
    resources.callback(engine.dispose)
    # First of all that is opened: nothing must be closed again if its profile cannot be used.
    ministry = make_ministry(settings, resources)
    metrics = Metrics()
    metrics.watch_engine(engine)
    hub = NudgeHub()
    relay: RedisNudges | None = None
    if settings.redis_url is not None:
        from .adapters.live import RedisNudges

        relay = resources.enter_context(closing(RedisNudges(settings.redis_url, hub)))
    broker = resources.enter_context(closing(make_broker(settings.redis_url)))
    doorbell = DramatiqDoorbell(broker)
    storage = SqlStorage(
        engine, reactions=ReactionTable(policies), after_commit=_after_commit(relay or hub, doorbell)
    )
    inbound_wire = make_inbound_wire(settings)
    burst = Burst()
    sessions = SessionMemory()
    hub.tell(SESSIONS, sessions.forget)
    app = build(
        Outside(
            storage=storage,
            readers=storage.readers(),
            clock=clock,
            ministry=MeasuredMinistry(ministry, metrics),
            sms=MeasuredSms(make_sms(settings, resources), metrics),
            doorbell=doorbell,
            hasher=Argon2Hasher(),
            tokens=OpaqueTokens(),
            anchor=FileAnchor(settings.anchor_file, key=settings.anchor_key),
            files=make_file_store(settings, resources),
            contents=CheckedContents(),
            report_writer=DocxWriter(),
            workbooks=ExcelWriter(),
            monitoring=make_monitoring(settings, resources),
            ministry_reader=make_reader(settings, inbound_wire),
            address_failures=settings.address_failures,
            lease=timedelta(seconds=settings.lease_seconds),
            each_job=metrics.measured,
            sessions=sessions,
        ),
        policies,
    )
    doorbell.connect(
        {
            **{topic.value: partial(app.pushes.push_due, topic) for topic in KINDS},
            Topic.SMS.value: app.texts.send_due,
            Topic.SMS_RECEIPT.value: app.receipts.take_due,
            Topic.MINISTRY_INBOUND.value: burst.before(app.inbound.take_due),
            Topic.EXPORT.value: app.export_runs.run_due,
        }
    )
    mailbox = make_mailbox(settings, resources)
    watch = Watch(
        SqlConditionReader(reading_engine(engine)), clock, SystemClock().now, relay.answers if relay else None
    )
    metrics.watch_condition(watch)
    return System(
        settings=settings,
        engine=engine,
        storage=storage,
        app=app,
        clock=clock,
        metrics=metrics,
        watch=watch,
        hub=hub,
        relay=relay,
        broker=broker,
        doorbell=doorbell,
        resources=resources,
        exchange_profile=exchange_profile(settings),
        inbound_wire=inbound_wire,
        burst=burst,
        polling=None if mailbox is None else Polling(MeasuredMailbox(mailbox, metrics), app.inbound.receive),
    )


@contextmanager
def opened(settings: Settings) -> Iterator[System]:
    """Open the system on a migrated database, and close it at the end. Raises NotMigrated."""
    system = wire(settings)
    try:
        system.check_tables()
        yield system
    finally:
        system.close()


def _after_commit(
    nudges: Nudges, doorbell: DramatiqDoorbell
) -> Callable[[frozenset[Topic], Sequence[Event]], None]:
    """Make the action after each commit: it nudges subscribers and rings the workers."""

    def act(topics: frozenset[Topic], events: Sequence[Event]) -> None:
        nudges.nudge(sorted({name for event in events for name in nudged_by(event)}))
        for topic in topics:
            doorbell.ring(topic.value)

    return act

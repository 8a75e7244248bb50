"""Give the application its storage on the database: units of work to write, readers to read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from ...application.access import Actor
from ...application.ports.readers import Readers
from ...application.ports.work import Reactions
from ...domain.events import Event
from ...domain.exchange.duty import Topic
from .engine import reading_engine
from .reading.alerts import SqlAlertReader
from .reading.commitments import SqlCommitmentReader
from .reading.directory import SqlDirectoryReader
from .reading.exchange import SqlExchangeReader
from .reading.exports import SqlExportReader
from .reading.files import SqlAttachmentReader
from .reading.identity import SqlAccessReader
from .reading.inbox import SqlInboxReader
from .reading.inspections import SqlInspectionReader
from .reading.notices import SqlNoticeReader
from .reading.operations import SqlOperationsReader
from .reading.problems import SqlProblemReader
from .reading.reports import SqlRegionReportReader
from .reading.statistics import SqlRollUpReader, SqlStatisticsReader
from .reading.wall import SqlWallReader
from .unit_of_work import AfterCommit, SqlUnitOfWork


def _nobody(topics: frozenset[Topic], events: Sequence[Event]) -> None:
    """Do nothing: nobody listens."""


class SqlStorage:
    """The storage on one engine. Many threads may use it, each with its own unit of work.

    After each commit it calls `after_commit` with the topics to wake workers for, and the events.
    """

    def __init__(self, engine: Engine, *, reactions: Reactions, after_commit: AfterCommit = _nobody) -> None:
        self._engine = engine
        self._reactions = reactions
        self._after_commit = after_commit

    def work(self, actor: Actor) -> SqlUnitOfWork:
        return SqlUnitOfWork(self._engine, actor, self._reactions, self._after_commit)

    def readers(self) -> Readers:
        engine = reading_engine(self._engine)
        return Readers(
            directory=SqlDirectoryReader(engine),
            commitments=SqlCommitmentReader(engine),
            exchange=SqlExchangeReader(engine),
            notices=SqlNoticeReader(engine),
            access=SqlAccessReader(engine),
            operations=SqlOperationsReader(engine),
            inspections=SqlInspectionReader(engine),
            problems=SqlProblemReader(engine),
            alerts=SqlAlertReader(engine),
            inbox=SqlInboxReader(engine),
            attachments=SqlAttachmentReader(engine),
            statistics=SqlStatisticsReader(engine),
            roll_ups=SqlRollUpReader(engine),
            region_reports=SqlRegionReportReader(engine),
            exports=SqlExportReader(engine),
            wall=SqlWallReader(engine),
        )

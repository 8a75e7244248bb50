"""Fills the days before the demo's first hour: what a running system would have, in our books and the others'."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from rich.progress import Progress, TaskID

from ...adapters.anchor import FileAnchor
from ...adapters.clock import FixedClock
from ...adapters.demo.past.history import History
from ...adapters.demo.province import Province
from ...adapters.demo.recent.papers import make_papers
from ...adapters.demo.recent.playback import LastDays
from ...adapters.excel.writing.writer import ExcelWriter
from ...adapters.files.contents import CheckedContents
from ...adapters.files.local import LocalFileStore
from ...adapters.identity import Argon2Hasher, OpaqueTokens
from ...adapters.jobs import SilentDoorbell
from ...adapters.ministry.reading import ProfileReader
from ...adapters.ministry.shipped import find_profile
from ...adapters.ministry.simulator.past import PastMinistry
from ...adapters.ministry.wire import Wire, WireKeys
from ...adapters.sms.simulator.past import PastTexts
from ...adapters.sql.past import SqlPast
from ...adapters.sql.storage import SqlStorage
from ...adapters.word.writer import DocxWriter
from ...application.app import Outside, build
from ...application.inspection.sheet import Sheets
from ...application.policies import PolicyBook
from ...application.reactions import ReactionTable
from ...settings import Settings
from ...wiring import System
from .topology import APP_ID, MINISTRY_STORE, SMS_SIGN, SMS_STORE, demo_secret


def fill_last_days(
    settings: Settings,
    system: System,
    province: Province,
    progress: Progress,
    check: Callable[[], None],
    *,
    seed_number: int,
    days: int,
) -> None:
    """Write the `days` days before the demo, then play the story of the last ones, once.

    A database that has the story stays as it is. The use cases run on a clock that stands in the past, over the
    demo's own database. What they send goes into the stores of the simulators, whose processes must not run yet.
    """
    past = progress.add_task(f"此前{days}天的业务", total=None)
    bar = progress.add_task("前几日的部级下发", total=None)
    now = system.clock.now()
    clock = FixedClock(now)
    # Reminders of another time would not see what the reactions of this one have cached.
    policies = PolicyBook()
    storage = SqlStorage(system.engine, reactions=ReactionTable(policies))
    readers = storage.readers()
    keys = WireKeys(
        secret=demo_secret(settings.var).encode(), body_key=settings.key_bytes("ministry_body_key")
    )
    profile = find_profile(settings.ministry_profile).model_copy(update={"app_id": APP_ID})
    with (
        _without_a_line_for_each_push(),
        PastMinistry(settings.var / MINISTRY_STORE, profile, keys, clock.now) as ministry,
        closing(PastTexts(settings.var / SMS_STORE, SMS_SIGN, clock.now)) as texts,
    ):
        app = build(
            Outside(
                storage=storage,
                readers=readers,
                clock=clock,
                ministry=ministry.gateway,
                sms=texts,
                doorbell=SilentDoorbell(),
                hasher=Argon2Hasher(),
                tokens=OpaqueTokens(),
                anchor=FileAnchor(settings.anchor_file, key=settings.anchor_key),
                files=LocalFileStore(settings.files_folder),
                contents=CheckedContents(),
                report_writer=DocxWriter(),
                workbooks=ExcelWriter(),
                ministry_reader=ProfileReader(profile, Wire(profile, keys)),
            ),
            policies,
        )
        story = LastDays(app, storage, readers, clock, ministry, province)
        if story.is_played():
            for done in (past, bar):
                progress.update(done, total=1, completed=1)
            return

        def showing(task: TaskID) -> Callable[[int, int], None]:
            def show(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)
                check()

            return show

        sheets = Sheets(readers.inspections, monitoring=None)
        history = History(seed_number, province, app, SqlPast(system.engine), sheets, clock, ministry)
        history.write(days, now, showing(past))
        story.play(now, showing(bar))
        make_papers(app, readers, clock, province, now)


@contextmanager
def _without_a_line_for_each_push() -> Iterator[None]:
    """The demo's screen shows a bar instead of the log."""
    pushes = logging.getLogger("yanbao.adapters.ministry.push")
    before = pushes.level
    pushes.setLevel(logging.WARNING)
    try:
        yield
    finally:
        pushes.setLevel(before)

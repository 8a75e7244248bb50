"""How a play is put on: the stage with its three connections, the story, the books, and the exit code."""

from __future__ import annotations

import time as machine
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, TypeVar

from rich.console import Console

from .books import Line, show
from .client import Api, CannotGoOn, MinistrySimulator, Refused, SmsSimulator
from .stage import Stage

NOT_PLAYED: Final = 2

AnyStage = TypeVar("AnyStage", bound=Stage)


def perform(
    console: Console,
    ready: AbstractContextManager[AnyStage],
    play: Callable[[AnyStage], None],
    compare: Callable[[AnyStage], list[Line]],
) -> int:
    """Play, then compare the books.

    0 when every book agrees, 1 when one does not (the differences are printed), 2 when the play could not be played
    to its end: not a demo, not reachable, or something happened that must not.
    """
    started = machine.monotonic()
    try:
        with ready as stage:
            play(stage)
            code = show(stage, compare(stage))
    except CannotGoOn as why:
        console.print(f"[red]演示中止：[/red]{why}", highlight=False)
        return NOT_PLAYED
    except Refused as no:
        console.print(f"[red]演示中止：意料之外的拒绝[/red] {no.code} {no.sentence}", highlight=False)
        return NOT_PLAYED
    verdict = "[bold green]各方账目一致[/bold green]" if code == 0 else "[bold red]账目不一致[/bold red]"
    console.print(f"\n{verdict}，用时{machine.monotonic() - started:.0f}秒。")
    return code


@contextmanager
def connected(
    kind: type[AnyStage], console: Console, *, api: str, ministry: str, sms: str, password: str
) -> Iterator[AnyStage]:
    """The stage, with simulators that are in no trouble; its connections are closed at the end.

    Raises CannotGoOn unless all three services answer.
    """
    stage = kind(console, Api(api), MinistrySimulator(ministry), SmsSimulator(sms), password)
    try:
        stage.ministry.trouble("ok", 1)
        stage.sms.trouble("ok", 1)
        yield stage
    finally:
        for wire in (stage.api, stage.ministry, stage.sms):
            wire.close()

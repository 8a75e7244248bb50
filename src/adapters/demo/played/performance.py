"""Runs a play: connects to the three services, plays the story, compares figures, sets the exit code."""

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
    """Play, then compare the figures.

    Returns 0 if all sources agree, and 1 if not; the differences are printed. Returns 2 if the play had to
    stop: not a demo system, not reachable, or something unexpected happened.
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
    """The stage, with the simulators' fault modes off; closes its connections at the end.

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

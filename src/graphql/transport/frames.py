"""The frames of a shared stream, and the queue in which a slow subscriber finds only the newest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from strawberry.http.exceptions import WebSocketDisconnected

from ..execution.errors import unexpected


class Kind(Enum):
    """What a frame is: a result, the errors that kept the operation from starting, a sign of life, or the end."""

    NEXT = "next"
    ERROR = "error"
    COMMENT = "comment"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Frame:
    """`body` is JSON: a result for NEXT, a list of errors for ERROR, empty for the others."""

    kind: Kind
    body: str = ""


COMMENT: Final = Frame(Kind.COMMENT)
ENDED: Final = Frame(Kind.COMPLETE)


def spliced(id: str, frame: Frame) -> str:
    """The message of the graphql-transport-ws protocol for the operation of this id."""
    head = f'{{"id":{json.dumps(id)},"type":"{frame.kind.value}"'
    return f"{head}}}" if frame.kind is Kind.COMPLETE else f'{head},"payload":{frame.body}}}'


class FrameQueue:
    """Writes frames in their order, one after the other; of results that wait only the newest is written.

    It has a task only while something is written.
    """

    __slots__ = ("_task", "_waiting", "_write")

    def __init__(self, write: Callable[[Frame], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: list[Frame] = []
        self._task: asyncio.Task[None] | None = None

    def put(self, frame: Frame) -> None:
        """Write the frame soon; never waits and never raises."""
        if self._waiting and self._waiting[-1].kind is frame.kind:
            self._waiting[-1] = frame
        else:
            self._waiting.append(frame)
        if self._task is None:
            self._task = asyncio.create_task(self._drain())

    def clear(self) -> None:
        """Write none of the frames that still wait."""
        self._waiting.clear()

    async def written(self) -> None:
        """Wait until everything is written."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Write nothing more."""
        self.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _drain(self) -> None:
        try:
            while self._waiting:
                await self._write(self._waiting.pop(0))
        except WebSocketDisconnected:
            self._waiting.clear()  # The socket's own task ends it.
        except Exception as failure:  # noqa: BLE001
            self._waiting.clear()
            unexpected(failure)
        finally:
            self._task = None

"""What our own modules have logged, as plain dictionaries."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from yanbao.logs import extra_of


class _Kept(logging.Handler):
    def __init__(self, lines: list[dict[str, Any]]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        told: dict[str, Any] = {
            "event": record.getMessage(),
            "log_level": record.levelname.lower(),
            **extra_of(record),
        }
        if record.exc_info:
            told["exc_info"] = record.exc_info[1]
        self._lines.append(told)


@contextmanager
def capture_logs() -> Iterator[list[dict[str, Any]]]:
    """Each record of the block: `event`, `log_level` what came as `extra`, and the exception as `exc_info`."""
    ours, lines = logging.getLogger("yanbao"), list[dict[str, Any]]()
    handler, level, off = _Kept(lines), ours.level, logging.root.manager.disable
    logging.disable(logging.NOTSET)
    ours.addHandler(handler)
    ours.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        ours.removeHandler(handler)
        ours.setLevel(level)
        logging.disable(off)

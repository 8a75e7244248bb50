"""Sets up the logs: JSON lines on stderr; tracebacks omit local variables, which may hold secrets."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

_OF_A_SOCKET: Final = frozenset({'%s - "WebSocket %s" [accepted]', "connection open", "connection closed"})
_PLAIN: Final = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"})
"""What every record has; everything else is `extra`."""


def configure_logs(level: int = logging.INFO) -> None:
    """Send all logs to stderr: coloured lines on a terminal, JSON elsewhere."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_coloured() if sys.stderr.isatty() else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("uvicorn.error").addFilter(_is_no_socket)
    for name in ("httpx", "httpcore", "dramatiq", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def extra_of(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller gave as `extra`."""
    return {name: value for name, value in vars(record).items() if name not in _PLAIN}


class JsonLines(logging.Formatter):
    """One JSON object for each record: `event`, `level`, `logger`, `timestamp`, what came as `extra`, `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": _written(record.created),
            **extra_of(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=repr)


def _written(seconds: float) -> str:
    """Such as 2026-11-24T02:00:00.000000Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _coloured() -> logging.Formatter:
    import structlog  # Loads rich: six megabytes that only somebody at a terminal needs.

    return structlog.stdlib.ProcessorFormatter(
        processor=structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
        ],
    )


def _is_no_socket(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn and websockets say of every socket: they have no access log either.

    In the morning thousands open; writing two lines for each took a quarter of the time that opening it took.
    """
    return record.msg not in _OF_A_SOCKET

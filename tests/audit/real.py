"""The product's own ASGI application over a throw-away SQLite database, for the audits to be run against."""

from __future__ import annotations

import tempfile
from pathlib import Path

from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.migrations import upgrade
from yanbao.main import create_app
from yanbao.settings import Settings

from ..support.dates import start_clock

_var = tempfile.TemporaryDirectory(prefix="yanbao-audit-")
_settings = Settings(var=Path(_var.name), embedded=False)
start_clock(Path(_var.name))
_engine = make_engine(_settings.database)
upgrade(_engine)
_engine.dispose()

app = create_app(_settings)

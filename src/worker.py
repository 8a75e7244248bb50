"""The dramatiq entry: `yanbao worker`, or `dramatiq yanbao.worker:broker`."""

from __future__ import annotations

from .settings import Settings
from .wiring import wire

system = wire(Settings())
broker = system.broker

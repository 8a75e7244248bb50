"""The application as strangers meet it: in production, where nothing is told of the schema."""

from __future__ import annotations

from dataclasses import replace

from starlette.applications import Starlette

from yanbao.main import asgi
from yanbao.settings import Profile
from yanbao.wiring import System


def production(system: System) -> Starlette:
    """The ASGI application over a system of the demo, with the GraphQL endpoint of production."""
    settings = system.settings.model_copy(update={"profile": Profile.PRODUCTION})
    return asgi(replace(system, settings=settings))

"""Serve an IDE page for exploring the API, from our own files only: no CDN, no foreign requests."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from starlette.responses import HTMLResponse


@cache
def _page() -> tuple[str, str]:
    """Return the page with inline style and script, and a content security policy for only these."""
    folder = files(__package__) / "static"
    style = (folder / "ide.css").read_text("utf-8")
    script = (folder / "ide.js").read_text("utf-8")
    html = (folder / "ide.html").read_text("utf-8")
    html = html.replace("/*STYLE*/", style).replace("/*SCRIPT*/", script)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
    return html, policy


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def ide_page() -> HTMLResponse:
    """Return the page; its content security policy allows requests to this server only."""
    html, policy = _page()
    headers = {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "vary": "Accept",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    return HTMLResponse(html, headers=headers)

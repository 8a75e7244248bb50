"""Global ids: opaque to clients; inside, base64 of the type name and our own id."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from functools import lru_cache
from typing import cast
from uuid import UUID

import strawberry

from ...domain.refusals import NotFound
from ...domain.values import RegionId, fact_id


def global_id(type_name: str, id: object) -> strawberry.ID:
    """Make the global id that clients see."""
    # A page of any list names the same regions again and again.
    return _of_text(type_name, id) if id.__class__ is str else _encoded(type_name, id)


def _encoded(type_name: str, id: object) -> strawberry.ID:
    text = b2a_base64(f"{type_name}:{id}".encode(), newline=False).decode().rstrip("=")
    # Hardly any id needs it: letters, digits, hyphens and colons never give a `+` or a `/`.
    if "+" in text or "/" in text:
        text = text.replace("+", "-").replace("/", "_")
    return cast("strawberry.ID", text)


_of_text = lru_cache(maxsize=4_096)(_encoded)


def split(raw: str, *, field: str | None = None) -> tuple[str, str]:
    """Split a global id into (type name, own id). Raises NotFound when it cannot be decoded."""
    try:
        text = urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode()
    except (binascii.Error, ValueError):
        # A broken id, an unknown one and one out of scope give the same refusal.
        raise NotFound("所指的内容", field=field) from None
    type_name, _, own = text.partition(":")
    return type_name, own


def uuid_of(type_name: str, raw: str, *, field: str | None = None) -> UUID:
    """Return the UUID of a global id of that type. Raises NotFound for any other id."""
    named, own = split(raw, field=field)
    try:
        id = UUID(own)
    except ValueError:
        raise NotFound("所指的内容", field=field) from None
    if named != type_name:
        raise NotFound("所指的内容", field=field)
    return id


def any_region(raw: str) -> RegionId:
    """Return the region code of a global id of a region; for any other id one that no region has."""
    try:
        return region_of(raw)
    except NotFound:  # Said by the use case, as in `any_uuid`.
        return RegionId("000000")


def any_uuid(type_name: str, raw: str) -> UUID:
    """Return the UUID of a global id of that type; for any other id one that nothing has.

    So a use case does not find it, and says so together with the other faults of the form.
    """
    try:
        return uuid_of(type_name, raw)
    except NotFound:  # Said by the use case.
        return fact_id("unreadable", raw)


def region_of(raw: str, *, field: str | None = None) -> RegionId:
    """Return the region code of a global id of a region. Raises NotFound for any other id."""
    named, own = split(raw, field=field)
    if named != "Region" or not (own.isascii() and own.isdigit() and len(own) == 6):
        raise NotFound("区域", field=field)
    return RegionId(own)

"""Global ids: opaque to clients, a type name and our own id inside."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

import strawberry

from ...domain.refusals import NotFound
from ...domain.values import RegionId


def global_id(type_name: str, id: object) -> strawberry.ID:
    """The id that clients see for one of our things."""
    return strawberry.ID(urlsafe_b64encode(f"{type_name}:{id}".encode()).decode().rstrip("="))


def split(raw: str, *, field: str | None = None) -> tuple[str, str]:
    """(type name, own id) of a global id; what cannot be read is not found, like everything unknown."""
    try:
        text = urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode()
    except (binascii.Error, ValueError):
        # No oracle: a broken id is told apart neither from an unknown nor from a foreign one.
        raise NotFound("所指的内容", field=field) from None
    type_name, _, own = text.partition(":")
    return type_name, own


def uuid_of(type_name: str, raw: str, *, field: str | None = None) -> UUID:
    """The UUID inside a global id of that type; NOT_FOUND for any other."""
    named, own = split(raw, field=field)
    try:
        id = UUID(own)
    except ValueError:
        raise NotFound("所指的内容", field=field) from None
    if named != type_name:
        raise NotFound("所指的内容", field=field)
    return id


def region_of(raw: str, *, field: str | None = None) -> RegionId:
    """The region code inside a global id of a region."""
    named, own = split(raw, field=field)
    if named != "Region" or not (own.isascii() and own.isdigit() and len(own) == 6):
        raise NotFound("区域", field=field)
    return RegionId(own)

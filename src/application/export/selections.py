"""Filters as plain JSON values and back, so that a job can keep what was asked for until a worker makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from enum import Enum
from functools import cache
from types import GenericAlias, UnionType
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

Filter = TypeVar("Filter")


def selection_of(where: Any) -> Mapping[str, Any]:
    """The fields of a filter that differ from their defaults, as plain JSON values."""
    return {
        field.name: _plain(value)
        for field in fields(where)
        if (value := getattr(where, field.name)) != field.default
    }


def filter_of(kind: Callable[..., Filter], selection: Mapping[str, Any]) -> Filter:
    """The filter of this class of which `selection_of` made the values. Raises KeyError, TypeError or ValueError for others."""
    types = _types(kind)
    return kind(**{name: _value(types[name], value) for name, value in selection.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, date):  # Also a datetime.
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _value(type_: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(type_) is tuple:
        return tuple(_value(get_args(type_)[0], each) for each in value)
    if issubclass(type_, Enum):
        return type_[value]
    if issubclass(type_, date):
        return type_.fromisoformat(value)
    if issubclass(type_, UUID):
        return type_(value)
    if type(value) is not type_:
        raise TypeError(f"{value!r} is no {type_.__name__}")
    return value


@cache
def _types(kind: Any) -> Mapping[str, Any]:
    """The type of each field: without None, and what a new type is made of instead of the new type."""
    return {name: _bare(hint) for name, hint in get_type_hints(kind).items()}


def _bare(hint: Any) -> Any:
    if isinstance(hint, NewType):
        return _bare(hint.__supertype__)
    if get_origin(hint) in (Union, UnionType):
        (only,) = (each for each in get_args(hint) if each is not type(None))
        return _bare(only)
    if get_origin(hint) is tuple:
        return GenericAlias(tuple, (_bare(get_args(hint)[0]), ...))
    return hint

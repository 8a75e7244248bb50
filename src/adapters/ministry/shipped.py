"""Finds profiles: those that come with the package, by name, and others by path."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from .profile import Profile, UnfitProfile, read_profile

DEFAULT: Final = "default"
_FOLDER: Final = files(__package__) / "profiles"
_LARGEST: Final = 1024 * 1024


def shipped_names() -> list[str]:
    """The names of the profiles that come with the package."""
    return sorted(one.name.removesuffix(".json") for one in _FOLDER.iterdir() if one.name.endswith(".json"))


@cache
def shipped_profile(name: str) -> Profile:
    """A profile that comes with the package."""
    return read_profile((_FOLDER / f"{name}.json").read_bytes(), source=name)


def find_profile(name_or_path: str) -> Profile:
    """The profile of this name, or in the file at this path. Raises UnfitProfile."""
    if name_or_path in shipped_names():
        return shipped_profile(name_or_path)
    path = Path(name_or_path)
    try:
        if path.stat().st_size > _LARGEST:
            raise UnfitProfile(name_or_path, ["the file has more than 1 MiB"])
        content = path.read_bytes()
    except OSError as unreadable:
        known = ", ".join(shipped_names())
        raise UnfitProfile(
            name_or_path,
            [f"neither a shipped profile ({known}) nor a readable file: {unreadable.strerror}"],
        ) from None
    return read_profile(content, source=name_or_path)


DEFAULT_PROFILE: Final = shipped_profile(DEFAULT)

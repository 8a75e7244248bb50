"""What the parts of a profile are made of: names, codes, paths, and tables without two equal codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]
"""A JSON key or a header of the ministry."""
Code = Annotated[str, StringConstraints(min_length=1, max_length=32)]
UrlPath = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9._~-]+)+$")]
Area = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{5}$")]


class Part(BaseModel):
    """A part of the file: it is never changed, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


def _as_tuple(value: Any) -> Any:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


Names = Annotated[
    tuple[Name, ...],
    BeforeValidator(_as_tuple),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "null"},
            ],
            "description": "The ministry's field; several if each has the same value; null: it is not sent.",
        }
    ),
]


def different(table: Mapping[Any, str]) -> Mapping[Any, str]:
    """A table in which every code stands for one value only. Raises ValueError."""
    twice = sorted(code for code, times in Counter(table.values()).items() if times > 1)
    if twice:
        raise ValueError(f"the codes {twice} stand for more than one value")
    return table


Codes = Annotated[dict[str, Code], AfterValidator(different)]


def exactly(what: str, given: Mapping[Any, Any], wanted: frozenset[Any]) -> None:
    """Raise ValueError unless the keys are the wanted ones; the message names the others."""

    def words(keys: Set[Any]) -> list[str]:
        return sorted(str(getattr(key, "value", key)) for key in keys)

    missing, unknown = words(wanted - given.keys()), words(given.keys() - wanted)
    if missing or unknown:
        parts = [f"{name} {names}" for name, names in (("missing", missing), ("unknown", unknown)) if names]
        raise ValueError(f"{what}: {', '.join(parts)}")


FLAG: Final = frozenset({"true", "false"})

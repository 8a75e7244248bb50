"""Collects all faults of a form and raises them together, each with its field's path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from .refusals import InvalidForm, InvalidValue, NotFound, Refused
from .values import AttachmentId, parse_text

MOST_ATTACHMENTS: Final = 20
Result = TypeVar("Result")


class Faults:
    """Collects the refusals of a form: `with faults:` around each of its rules, then `raise_together()`.

    A block ends at its first refusal, so one block holds one value or one rule. What a refused block assigns
    stays unassigned: use it only after `raise_together`, or where `at` says that its field is right.
    What an input names and is not found is not refused for anything else as well.
    """

    def __init__(self, found: Iterable[Refused] = (), path: str = "") -> None:
        self.found = list(found)
        self._path = path

    def __enter__(self) -> Faults:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        if not isinstance(error, Refused):
            return False
        for refusal in error.items if isinstance(error, InvalidForm) else (error,):
            refusal.field = ".".join(filter(None, (self._path, refusal.field))) or None
            if refusal.field is None or not self._not_found(refusal.field):
                self.found.append(refusal)
        return True

    def under(self, path: str) -> Faults:
        """Collect into the same list, with `path` before each field: for a part of the form."""
        part = Faults(path=path)
        part.found = self.found
        return part

    def at(self, *fields: str) -> bool:
        """Whether one of these fields has been refused."""
        return any(refusal.field in fields for refusal in self.found)

    def _not_found(self, field: str) -> bool:
        return any(isinstance(refusal, NotFound) and refusal.field == field for refusal in self.found)

    def raise_together(self) -> None:
        """Raise the only refusal, or InvalidForm if there are several; do nothing if there are none."""
        raise_together(self.found)


def raise_together(refusals: Iterable[Refused]) -> None:
    """Raise the only refusal, or InvalidForm if there are several; do nothing if there are none."""
    found = tuple(refusals)
    if len(found) == 1:
        raise found[0]
    if found:
        raise InvalidForm(found)


def refuse_together(act: Callable[[], Result], more: Iterable[Refused]) -> Result:
    """Return what `act` returns; raise its faults of the form and `more` together, if there are any.

    A refusal of `act` that names no field is none of the form: it is raised alone.
    """
    try:
        result = act()
    except InvalidForm as refusal:
        raise_together((*refusal.items, *more))
        raise
    except Refused as refusal:
        if refusal.field is not None:
            raise_together((refusal, *more))
        raise
    raise_together(more)
    return result


def text_faults(
    value: str, what: str, path: str, longest: int, *, shortest: int = 1, one_line: bool = False
) -> Iterator[Refused]:
    """Yield the refusal of `parse_text` for this text, if there is one."""
    yield from _no(
        lambda: parse_text(
            value, what=what, field=path, longest=longest, shortest=shortest, one_line=one_line
        )
    )


def attachment_faults(attachments: Sequence[AttachmentId], path: str) -> Iterator[Refused]:
    """Yield a refusal for too many attachments, and one for the same attachment twice."""
    if len(attachments) > MOST_ATTACHMENTS:
        yield InvalidValue(f"附件最多{MOST_ATTACHMENTS}个，现有{len(attachments)}个。", field=path)
    if len(set(attachments)) != len(attachments):
        yield InvalidValue("同一附件重复添加。", field=path)


def _no(attempt: Callable[[], object]) -> Iterator[Refused]:
    """Yield the refusal that `attempt` raises, if it raises one."""
    try:
        attempt()
    except Refused as refusal:
        # Collected, not swallowed: the caller raises all of them together.
        yield refusal

"""Refusals: exceptions with a code for machines and a Chinese sentence, with its figures, for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar


class Refused(Exception):
    """The rules do not allow what was asked for; nothing has been changed.

    `code` is stable and for machines, `sentence` is Chinese and for people. `field` is the dotted path of the
    input that caused it (`production.presentPersons`), or None.
    """

    code: ClassVar[str] = "REFUSED"

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(f"{self.code}: {sentence}")
        self.sentence = sentence
        self.field = field


class NotFound(Refused):
    """The id is unknown or outside the asker's scope; the answer does not say which of the two."""

    code = "NOT_FOUND"

    def __init__(self, what: str, *, field: str | None = None) -> None:
        super().__init__(f"没有找到{what}，或您无权查看。", field=field)


class Forbidden(Refused):
    """The asker is not allowed to do this."""

    code = "FORBIDDEN"


class Unauthenticated(Refused):
    """Nobody is logged in, or the session has ended."""

    code = "UNAUTHENTICATED"


class Conflict(Refused):
    """Somebody else changed the same thing first."""

    code = "CONFLICT"


class InvalidValue(Refused):
    """One input that is malformed or out of range."""

    code = "BAD_USER_INPUT"


class FileTooLarge(Refused):
    """A file with too many bytes, rows or cells, packed or unpacked."""

    code = "FILE_TOO_LARGE"


class InvalidForm(Refused):
    """One or more inputs of a form cannot be accepted; `items` has one refusal for each of them."""

    code = "INVALID_FORM"

    def __init__(self, items: Iterable[Refused]) -> None:
        self.items = tuple(items)
        sentence = self.sentence_of([item.sentence for item in self.items])
        super().__init__(sentence, field=self.items[0].field)

    @staticmethod
    def sentence_of(sentences: Sequence[str]) -> str:
        """How many inputs are refused, and the sentence of the first."""
        more = f"（另有{len(sentences) - 1}处）" if len(sentences) > 1 else ""
        return f"表单有{len(sentences)}处不能接受：{sentences[0]}{more}"


class ActionNotAllowed(Refused):
    """The present state does not allow this action."""

    code = "ACTION_NOT_ALLOWED"


class TooManyAttempts(Refused):
    """Too many attempts in a short time; the sentence says when to try again."""

    code = "RATE_LIMITED"

"""The domain's no: a code for machines and a Chinese sentence, with its figures, for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar


class Refused(Exception):
    """An asked-for change that the rules do not allow; nothing has been changed.

    `code` is stable and for machines, `sentence` is Chinese and for people, `field` is the dotted path of the
    input that caused it (`form.production.present_persons`) or None.
    """

    code: ClassVar[str] = "REFUSED"

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(f"{self.code}: {sentence}")
        self.sentence = sentence
        self.field = field


class NotFound(Refused):
    """The id is unknown or lies outside the asker's scope: the two are never told apart."""

    code = "NOT_FOUND"

    def __init__(self, what: str, *, field: str | None = None) -> None:
        super().__init__(f"没有找到{what}，或您无权查看。", field=field)


class Forbidden(Refused):
    """The asker's role does not carry this command."""

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
    """A form with one or more inputs that cannot be accepted; `items` names each of them."""

    code = "INVALID_FORM"

    def __init__(self, items: Iterable[Refused]) -> None:
        self.items = tuple(items)
        first = self.items[0]
        more = f"（另有{len(self.items) - 1}处）" if len(self.items) > 1 else ""
        super().__init__(f"表单有{len(self.items)}处不能接受：{first.sentence}{more}", field=first.field)


class ActionNotAllowed(Refused):
    """The state the thing is in does not allow this action."""

    code = "ACTION_NOT_ALLOWED"


class TooManyAttempts(Refused):
    """Too much in too short a time; the sentence says when it may be tried again."""

    code = "RATE_LIMITED"

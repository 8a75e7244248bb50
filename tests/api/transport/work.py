"""Counts what a request makes graphql-core do: work is the same on every machine, time is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import graphql.validation.rules.overlapping_fields_can_be_merged as merging
import pytest
from graphql import GraphQLError
from graphql.language import lexer, location, source


class Work:
    """Counts: tokens and characters lexed, pairs compared, errors made, values coerced, lines looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: Counter[str] = Counter()
        self._patch = monkeypatch
        self._count(merging, "find_conflict", "pairs")
        self._count(GraphQLError, "__init__", "errors")
        # Functions of the same names hide these modules.
        self._count(import_module("graphql.utilities.coerce_input_value"), "coerce_input_value", "values")
        checking = import_module("graphql.utilities.validate_input_value")
        self._count(checking, "validate_input_value_impl", "values")
        self._count_tokens()
        newline = source._re_newline
        for module in (source, location):
            monkeypatch.setattr(module, "_re_newline", _CountedLines(newline, self.done))

    def _count(self, owner: Any, name: str, what: str) -> None:
        original: Callable[..., Any] = getattr(owner, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.done[what] += 1
            return original(*args, **kwargs)

        self._patch.setattr(owner, name, counted)

    def _count_tokens(self) -> None:
        original = lexer.Lexer.read_next_token

        def counted(this: lexer.Lexer, start: int) -> Any:
            token = original(this, start)
            self.done["tokens"] += 1
            self.done["characters"] += token.end - start
            return token

        self._patch.setattr(lexer.Lexer, "read_next_token", counted)


class _CountedLines:
    """A pattern whose matches are counted."""

    def __init__(self, pattern: Any, done: Counter[str]) -> None:
        self._pattern, self._done = pattern, done

    def finditer(self, text: str) -> Iterator[Any]:
        for found in self._pattern.finditer(text):
            self._done["lines"] += 1
            yield found

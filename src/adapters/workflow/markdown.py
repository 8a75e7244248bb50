"""Makes state tables, diagrams and tables in Markdown, and reads docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from keyword import iskeyword
from typing import Any, Final

HOW_TO_READ: Final = "Rows are states, columns are actions, cells the next state; what is empty is refused with `ACTION_NOT_ALLOWED`."


def state_table(
    moves: Mapping[Any, Any], states: Mapping[Any, str], actions: Mapping[Any, str], beginning: str = ""
) -> str:
    """A table and a diagram of the moves.

    `states` and `actions` map each member to its name, in order. The first state is the initial one;
    `beginning` is the label of the arrow to it.
    """
    rows = [
        [
            named(state, states),
            *(named(moves[state, act], states) if (state, act) in moves else "" for act in actions),
        ]
        for state in states
    ]
    labels: dict[tuple[str, str], list[str]] = {}
    for (origin, action), target in moves.items():
        labels.setdefault((origin.value, target.value), []).append(named(action, actions))
    arrows = [(origin, target, "、".join(label)) for (origin, target), label in labels.items()]
    first = next(iter(states)).value
    return section(
        table(["状态 State", *(named(action, actions) for action in actions)], rows),
        diagram(
            [("[*]", first, beginning), *arrows],
            {state.value: named(state, states) for state in states},
        ),
    )


def method_doc(aggregate: type, action: Enum) -> str:
    """The docstring of the aggregate's method for the action, which has the same name; it states the rule."""
    name = action.value.lower()
    return doc(getattr(aggregate, f"{name}_" if iskeyword(name) else name))


def section(*parts: str) -> str:
    return "\n\n".join(parts)


def named(member: Enum, names: Mapping[Any, str]) -> str:
    return f"{names[member]} {member.value}"


def doc(thing: object) -> str:
    return inspect.getdoc(thing) or ""


def cell(text: str) -> str:
    """Put the text on one line and escape `|`, which would end the cell."""
    return " ".join(text.split()).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def diagram(moves: Iterable[tuple[str, str, str]], names: Mapping[str, str]) -> str:
    """A mermaid state diagram; `moves` are (from, to, label)."""
    lines = [f'    state "{name}" as {state}' for state, name in names.items()]
    lines += [f"    {origin} --> {target}{': ' if label else ''}{label}" for origin, target, label in moves]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])

"""Commands whose modules are loaded when they are run: loading all of them took seconds before each command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


@dataclass(frozen=True, slots=True)
class Later:
    """A command or a group of commands. `help` is what the module itself says of it: a test compares them."""

    help: str
    add: Callable[[typer.Typer], None]
    """Loads the module, and adds its commands."""


def loading(later: Mapping[str, Later]) -> type[TyperGroup]:
    """The class of a group with these commands after its own. Its list shows them without loading them."""

    class LoadingGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            return [*super().list_commands(ctx), *later]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            if cmd_name in later:
                return TyperCommand(cmd_name, help=later[cmd_name].help)
            return super().get_command(ctx, cmd_name)

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            if args and args[0] in later:
                return args[0], loaded(later, args[0]), args[1:]
            return super().resolve_command(ctx, args)

    return LoadingGroup


def loaded(later: Mapping[str, Later], name: str) -> Any:
    """The command itself."""
    part = typer.Typer()
    later[name].add(part)
    return get_group(part).commands[name]

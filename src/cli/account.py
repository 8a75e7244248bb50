"""`yanbao account …`: accounts for the first administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console

from ..settings import Settings


def add_commands(app: typer.Typer, console: Console, settings: Callable[[], Settings]) -> None:
    """Register the command; `settings` reads the settings."""
    account = typer.Typer(
        help="Accounts, for the first administrators of a new installation.", no_args_is_help=True
    )
    app.add_typer(account, name="account")

    @account.command("create")
    def account_create(
        username: Annotated[str, typer.Argument(help="3 to 32 characters.")],
        person: Annotated[str, typer.Option(help="The person's name, as imported.")],
        phone: Annotated[str, typer.Option(help="The person's phone number, as imported.")],
        department: Annotated[str, typer.Option(help="The department's name, as imported.")],
    ) -> None:
        """Create an account for an imported person of a department; asks for the password."""
        from ..application.access import SYSTEM
        from ..domain.refusals import Refused
        from ..wiring import opened

        with opened(settings()) as system:
            with system.storage.work(SYSTEM) as work:
                found = work.departments.by_name(department)
                employee = found and work.people.find_in(
                    name=person, phone=phone, department_id=found.id, enterprise_id=None
                )
            if not employee:
                console.print("[red]account:[/red] no such person in that department; import people first")
                raise typer.Exit(1)
            password = typer.prompt("password", hide_input=True, confirmation_prompt=True)
            try:
                system.app.identity.save_account(
                    SYSTEM, username=username, person_id=employee.id, password=password
                )
            except Refused as refusal:
                console.print(f"[red]{refusal.code}[/red] {refusal.sentence}")
                raise typer.Exit(1) from None
            console.print(f"account {username} created; the password must be changed at the first log-in")

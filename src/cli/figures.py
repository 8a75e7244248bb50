"""`yanbao figures`: prints the definitions of all figures."""

from __future__ import annotations

import sys

import typer

from ..adapters.workflow.figures import render_figures


def add_commands(app: typer.Typer) -> None:
    """Register the commands."""
    figures = typer.Typer(help="统计指标。The figures of the statistics.", no_args_is_help=True)
    app.add_typer(figures, name="figures")

    @figures.command("print")
    def print_() -> None:
        """Print docs/figures.md from the catalogue of the code."""
        sys.stdout.write(render_figures())

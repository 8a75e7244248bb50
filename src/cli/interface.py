"""What front-end teams need to know of the API: `openapi`, `check-documents`, `collection` and `manifest`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

DOCUMENTS: Final = Path("docs/clients")
Folder = Annotated[Path, typer.Argument(help="The folder of the documents of the clients.")]


def add_commands(app: typer.Typer, console: Callable[[], Console]) -> None:
    """Register the commands; `console` is called when there is something to print."""

    @app.command()
    def openapi() -> None:
        """Print the OpenAPI document of the plain HTTP addresses, as it is in docs/openapi.json."""
        from ..openapi import render

        sys.stdout.write(render())

    @app.command("check-documents")
    def check_documents(
        manifest: Annotated[Path, typer.Argument(help="A persisted-documents.json, or a folder of them.")],
    ) -> None:
        """Check persisted documents against the schema of this release, as `yanbao serve` does at its start."""
        from ..graphql.execution.manifest import UnfitManifest, read_manifests
        from ..graphql.schema import make_schema

        try:
            texts = read_manifests(manifest, make_schema())
        except UnfitManifest as why:
            from rich.markup import escape

            console().print(f"[red]documents:[/red]\n{escape(str(why))}", highlight=False, soft_wrap=True)
            raise typer.Exit(1) from None
        console().print(f"{len(texts)} documents fit this schema", highlight=False)

    @app.command()
    def collection(folder: Folder = DOCUMENTS) -> None:
        """Print the documents of the clients as a Postman collection, which Apifox imports, too."""
        from ..graphql.schema import make_schema
        from .collection import collection as made
        from .collection import read_documents

        sys.stdout.write(made(read_documents(folder), make_schema()._schema))

    @app.command()
    def manifest(folder: Folder = DOCUMENTS) -> None:
        """Print the documents of the clients by their hashes, for YANBAO_DOCUMENTS_MANIFEST."""
        from .collection import manifest as made
        from .collection import read_documents

        sys.stdout.write(made(read_documents(folder)))

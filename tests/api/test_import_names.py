"""Our folder `graphql` must never stand in for graphql-core, and the package has one name only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ..support.patience import FOR_EVER

CHECK = """
import sys
import yanbao.graphql.transport.http
import graphql
import strawberry

assert hasattr(graphql, "GraphQLSchema") and not hasattr(graphql, "http"), graphql.__file__
assert "site-packages" in graphql.__file__, graphql.__file__
strangers = [name for name in sys.modules if name == "src" or name.startswith("src.")]
assert not strangers, strangers
print("fine")
"""


def test_import_graphql_is_graphql_core_in_this_process() -> None:
    import graphql

    assert hasattr(graphql, "GraphQLSchema")
    assert not [name for name in sys.modules if name == "src" or name.startswith("src.")]


def test_import_graphql_is_graphql_core_in_a_fresh_one(tmp_path: Path) -> None:
    for folder in (Path(__file__).parents[2], tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", CHECK],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=FOR_EVER,
        )
        assert done.stdout.strip() == "fine", done.stderr


def test_the_folder_of_the_package_is_on_no_path() -> None:
    import yanbao

    package = Path(yanbao.__file__ or "").parent
    assert package not in [Path(entry).resolve() for entry in sys.path if entry]

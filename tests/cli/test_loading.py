"""What a process loads at its start: large libraries wait until something needs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from yanbao.cli.later import Later, loaded
from yanbao.cli.main import LATER

from ..support.patience import FOR_EVER

LARGE = {
    *("PIL", "minio", "openpyxl", "xlsxwriter", "docx", "lxml", "alembic", "mako", "redis", "httpx", "pypdf"),
    *("cryptography", "Crypto", "gmalg", "typer", "rich", "pygments", "structlog", "argon2"),
}
APPLICATION = """
import sys
from yanbao.main import asgi
from yanbao.settings import Settings
from yanbao.wiring import wire
system = wire(Settings())
asgi(system)
system.close()
print(*sys.modules)
"""
HELP = """
import sys
from yanbao.cli.main import main
sys.argv = ["yanbao", "--help"]
try:
    main()
except SystemExit:
    print(*sys.modules, file=sys.stderr)
"""


def loads(code: str, var: Path, stream: str) -> set[str]:
    """The names of the modules that the code has loaded and printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YANBAO_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"YANBAO_VAR": str(var)},
        capture_output=True,
        text=True,
        timeout=FOR_EVER,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: str = getattr(done, stream)
    return set(found.split())


@pytest.mark.process
def test_the_application_is_built_without_libraries_that_only_some_requests_need(tmp_path: Path) -> None:
    loaded_ones = loads(APPLICATION, tmp_path, "stdout")
    assert "yanbao.graphql.schema" in loaded_ones
    assert not LARGE & loaded_ones


@pytest.mark.process
def test_the_list_of_commands_is_shown_without_the_system(tmp_path: Path) -> None:
    loaded_ones = loads(HELP, tmp_path, "stderr")
    assert "yanbao.cli.main" in loaded_ones
    assert not {"yanbao.wiring", "sqlalchemy", "strawberry", "pydantic", "structlog"} & loaded_ones


@pytest.mark.parametrize(("name", "later"), LATER.items(), ids=LATER)
def test_a_command_says_of_itself_what_the_list_says(name: str, later: Later) -> None:
    assert loaded(LATER, name).help.partition("\n\n")[0] == later.help

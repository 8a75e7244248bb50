"""Run the GraphQL-over-HTTP audits of npm's graphql-http against our server.

`python -m tests.audit.run [--app module:attribute]` starts the app (the product itself) on an ephemeral loopback port, installs the
two npm packages into `var/audit`, prints one line per audit and exits with 1 when any is not ok. Where there is
no Node, it says so and exits with 0. The app must have introspection on: some audits ask for `__type`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDER = ROOT / "var" / "audit"
NPM_SECONDS = 120
AUDIT_SECONDS = 120


def missing_tools() -> str | None:
    """Why the audits cannot run on this machine; None when they can."""
    if shutil.which("node") is None:
        return "not run: no Node"
    return None if shutil.which("npm") else "not run: no npm"


def install(folder: Path = FOLDER) -> str | None:
    """Put the audits and their packages into `folder`; the reason when npm cannot fetch them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "run_audits.mjs"):
        shutil.copyfile(HERE / name, folder / name)
    return install_packages(folder)


def install_packages(folder: Path) -> str | None:
    """Install what `package.json` in `folder` names; the reason when npm cannot fetch it."""
    command = [
        "npm",
        "install",
        "--no-package-lock",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefer-offline",
    ]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=NPM_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"npm install did not finish within {NPM_SECONDS} s"
    return None if done.returncode == 0 else f"npm install failed: {done.stderr.strip()[-500:]}"


@contextmanager
def served(app: str, **environment: str) -> Iterator[str]:
    """The URL of the app, served by a process of its own that is ended afterwards."""
    # The socket is bound here and handed over, so that nobody can take the port in between.
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            app,
            "--fd",
            str(bound.fileno()),
            "--log-level",
            "warning",
        ]
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[bound.fileno()], env=os.environ | environment)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()  # It had its chance to end in order.
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it listened")
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not listen within 30 s")


def audit(url: str, folder: Path = FOLDER) -> tuple[int, str]:
    """(exit code, printed table) of all audits against a URL."""
    done = subprocess.run(
        ["node", "run_audits.mjs", url],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=AUDIT_SECONDS,
    )
    return done.returncode, done.stdout + done.stderr


def main(arguments: list[str] | None = None) -> int:
    """0 when every audit is ok or there is no Node; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.audit.run", description=__doc__.splitlines()[0])
    parser.add_argument("--app", default="tests.audit.real:app", help="what to serve (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    if reason := missing_tools():
        sys.stdout.write(reason + "\n")
        return 0
    if reason := install():
        sys.stderr.write(reason + "\n")
        return 1
    with served(chosen.app) as url:
        code, table = audit(url)
    sys.stdout.write(table)
    return code


if __name__ == "__main__":
    sys.exit(main())

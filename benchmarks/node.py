"""Peers in Node: their packages are installed into a temporary folder when they are measured, and never kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from platform import machine
from typing import Final

INSTALL_SECONDS: Final = 240.0


class NotInstalled(Exception):
    """Node, npm or its registry is missing; the text says which, in a few words."""


def install(folder: Path, script: Path, packages: Sequence[str]) -> list[str]:
    """Install the packages into a new folder and copy the script there; gives the command that runs it.

    With `runtime()` among the packages it runs by that. Raises NotInstalled.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotInstalled("node or npm is not there")
    folder.mkdir(parents=True)
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, timeout=INSTALL_SECONDS, check=False, text=True
        )
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"npm took more than {INSTALL_SECONDS:.0f} s") from None
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.startswith("npm error code")]
        raise NotInstalled(lines[0] if lines else f"npm ended with {done.returncode}")
    own = folder / "node_modules" / runtime().partition("@")[0] / "bin" / "node"
    # Node looks for packages from where the script lies.
    return [str(own) if own.exists() else node, shutil.copy(script, folder)]


def runtime() -> str:
    """Node itself as a package, for those who need a newer one than the machine may have."""
    processor = "arm64" if machine() in ("arm64", "aarch64") else "x64"
    return f"node-{sys.platform}-{processor}@22"

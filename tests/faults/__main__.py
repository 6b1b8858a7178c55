"""``python -m tests.faults --rounds N [--seed S]``: rounds of faults against the whole product.

Ends with one line of JSON, and with an exit status other than 0 if anything was lost, is there
twice, or came out otherwise than it would have without a fault.
"""

from __future__ import annotations

import argparse
import sys
import time

from fleet.errors import FleetError
from tests.faults import disks

SEED = 20261122


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds; a quarter of a minute each")
    parser.add_argument("--seed", type=int, default=SEED, help="the same faults and days again")
    given = parser.parse_args()
    try:
        disks.enter()  # before anything of ours starts a thread
    except FleetError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return play(given.rounds, given.seed)


def play(rounds: int, seed: int) -> int:
    """Start a product, play the rounds; the exit status."""
    from tests.faults import rounds as engine  # noqa: PLC0415 - numpy starts threads
    from tests.faults.stand import Stand  # noqa: PLC0415 - likewise
    from tests.faults.verdict import line  # noqa: PLC0415 - likewise
    from tests.temporary import temporary_folder  # noqa: PLC0415 - likewise

    began, told = time.monotonic(), engine.Told()

    def say(text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:7.1f}  {text}\n")
        sys.stdout.flush()

    with temporary_folder() as folder:
        folder.chmod(0o755)
        with Stand(folder) as stand:
            say("the product runs")
            try:
                engine.run(stand, rounds, seed, say, told)
            except AssertionError as failed:  # it does not recover: no round after it can tell
                told.whole.others.append(str(failed))
                say(f"STUCK: {failed}")
            for each in told.whole.others:
                say(f"WRONG: {each}")
            for name, words in () if told.whole else stand.last_words():
                say(f"{name}: {words}")
            say(f"started again: {stand.restarts}")
    sys.stdout.write(line(told.figures()) + "\n")
    return 0 if told.whole and told.rounds == rounds else 1


if __name__ == "__main__":
    sys.exit(main())

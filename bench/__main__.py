"""Performance, as ratios to a baseline of the same run.

    python -m bench                 # all programs, about five minutes
    python -m bench fold commit     # some
    python -m bench console         # a browser with 10,000 vehicles, a quarter of an hour
    python -m bench load            # what this machine carries, from end to end: twenty minutes
    python -m bench --quick         # seconds each; the figures say little
    python -m bench --json          # the last line of the output is JSON

    python -m bench --strict        # status 1 if a required ratio is not met

It says at the end whether every required ratio is met; it measures, it does not judge a build.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time

from bench.measure import Report, console

#: Asked for by name only: these take a quarter of an hour or more.
ALONE = ("console", "load")
PROGRAMS = (
    "fold",
    "fences",
    "progress",
    "trips",
    "commit",
    "simulator",
    "alerts",
    "lookup",
    "replay",
    "fanout",
    "backup",
)


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line names; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = (*PROGRAMS, *ALONE)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument(
        "--minutes", type=float, help="of the console at rest, or at half load; ten unless given"
    )
    parser.add_argument("--quick", action="store_true", help="see that it runs, in seconds")
    parser.add_argument("--strict", action="store_true", help="fail if a required ratio is missed")
    parser.add_argument("--json", action="store_true", help="one line of JSON at the end")
    chosen = parser.parse_args(arguments)
    if unknown := sorted(set(chosen.names) - set(known)):
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    reports: list[Report] = []
    for name in chosen.names or PROGRAMS:
        began = time.monotonic()
        more = {"minutes": chosen.minutes} if name in ALONE else {}
        report: Report = importlib.import_module(f"bench.{name}").run(quick=chosen.quick, **more)
        report.figures["the benchmark itself, s"] = time.monotonic() - began
        report.show()
        reports.append(report)
    missed = [
        f"{report.name}, {ratio.what}"
        for report in reports
        for ratio in report.ratios
        if not ratio.met
    ]
    met = not missed
    console.print("All required ratios are met." if met else f"Not met: {'; '.join(missed)}.")
    if chosen.json:
        records = [report.record() for report in reports]
        print(json.dumps({"met": met, "quick": chosen.quick, "programs": records}))
    return 1 if missed and chosen.strict else 0


if __name__ == "__main__":
    sys.exit(main())

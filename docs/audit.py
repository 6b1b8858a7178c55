"""Known holes of the pinned packages: ``python -m docs.audit``, as ``make audit`` runs it.

Both tools ask databases on the internet.  Where those do not answer nothing is proven, and that
is said: status 0 no hole is known, 1 there is one, 2 somebody could not be asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

#: Fetched when it is run: it and what it needs would be forty more packages to pin.
PIP_AUDIT = (
    *(sys.executable, "-m", "uv", "tool", "run", "pip-audit==2.10.1"),
    *("-r", "requirements.lock", "--disable-pip", "--require-hashes", "--format", "json"),
)
NPM_AUDIT = (sys.executable, "dashboards/scripts/npm.py", "audit", "--json", "--package-lock-only")

#: s; a few hundred packages are asked about in one or two requests
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Found:
    """What one tool says."""

    holes: tuple[str, ...] = ()  #: ``package version: id``
    unasked: str = ""  #: why nothing is proven; empty: everything was asked about


def of_pip(said: str) -> Found:
    """What pip-audit's JSON says; it counts packages that nobody knows as no failure, we do not."""
    told = _read(said)
    if not isinstance(told, dict) or "dependencies" not in told:
        return Found(unasked="pip-audit gave no answer")
    packages: list[dict[str, Any]] = told["dependencies"]
    holes = tuple(
        f"{package['name']} {package['version']}: {hole['id']}"
        for package in packages
        for hole in package.get("vulns", ())
    )
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if not skipped:
        return Found(holes)
    return Found(holes, f"nothing could be learned of {len(skipped)} of {len(packages)} packages")


def of_npm(said: str) -> Found:
    """What npm's JSON says."""
    told = _read(said)
    if not isinstance(told, dict) or "vulnerabilities" not in told:
        why = told.get("message", "") if isinstance(told, dict) else ""
        return Found(unasked=why or "npm audit gave no answer")
    holes = told["vulnerabilities"]
    return Found(tuple(f"{name}: {hole['severity']}" for name, hole in holes.items()))


def main() -> int:
    """Ask both, say what they say, and return the status."""
    found = {
        "Python": of_pip(_run(PIP_AUDIT)),
        "console": of_npm(_run(NPM_AUDIT)),
    }
    for what, told in found.items():
        for hole in told.holes:
            sys.stderr.write(f"{what}: {hole}\n")
        if told.unasked:
            sys.stderr.write(f"{what}: could not be asked: {told.unasked}\n")
        elif not told.holes:
            sys.stderr.write(f"{what}: no hole is known\n")
    if any(told.holes for told in found.values()):
        return 1
    return 2 if any(told.unasked for told in found.values()) else 0


def _run(command: Sequence[str]) -> str:
    """What ``command`` writes, whatever its status: they fail where they find something."""
    try:
        done = subprocess.run(  # noqa: S603 - of our own words only
            command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def _read(said: str) -> object:
    try:
        return json.loads(said)
    except json.JSONDecodeError:
        return None


if __name__ == "__main__":
    sys.exit(main())

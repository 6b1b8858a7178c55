"""Fuzz one door or all: ``python -m tests.attack.fuzz --target NAME|all --seconds 600 [--seed N]``.

With atheris (coverage-guided) where it is installed, else with mutations of our own.  An input
that breaks a target is kept beside the tests, where every later run of them replays it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.attack.target import SEEDS, Target

#: MiB that the process may have while it fuzzes: nothing of an input of some KiB needs half of it.
MEMORY = 1024
#: MiB that what watches the coverage may have beside that: it grows by some KiB with each run.
WATCHING = 3072
#: What is instrumented: ours, and what reads for us.
OURS = ("fleet", "gateway", "geofence", "route", "shipment", "tracker_api", "firmware_sim")
#: Imported when what they use can be instrumented.
PARTS = ("wire", "files", "api")
THEIRS = ("gpxpy", "polyline", "openpyxl", "pynmea2", "csv", "json", "zipfile")


def targets() -> dict[str, Target]:
    """All of them, by name."""
    parts = [importlib.import_module(f"tests.attack.targets_{part}") for part in PARTS]
    every: list[Target] = [target for part in parts for target in part.TARGETS]
    return {target.name: target for target in every}


def main() -> int:
    """Run; 1 if anything broke."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    asked.add_argument("--target", default="all")
    asked.add_argument("--seconds", type=int, default=600, help="for each target")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--plain", action="store_true", help="do not use atheris")
    given = asked.parse_args()
    if given.target == "all":
        return max(_child(name, given) for name in targets())
    if given.plain or importlib.util.find_spec("atheris") is None:
        return fuzz_plainly(targets()[given.target], given.seconds, given.seed)
    return fuzz_guided(given.target, given.seconds, given.seed)


def _child(name: str, given: argparse.Namespace) -> int:
    """A target in a process of its own: what one leaves in memory is not the next one's."""
    command = [sys.executable, "-m", "tests.attack.fuzz", "--target", name]
    command += ["--seconds", str(given.seconds), "--seed", str(given.seed)]
    command += ["--plain"] if given.plain else []
    return 1 if subprocess.run(command, check=False).returncode else 0


def guarded(target: Target) -> Callable[[bytes], None]:
    """``run`` of a target that keeps what breaks it."""

    def check(data: bytes) -> None:
        try:
            target.run(data)
        except BaseException:
            keep(target, data)
            raise

    return check


def keep(target: Target, data: bytes) -> Path:
    """Write an input down for ever."""
    folder = SEEDS / target.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    return path


def fuzz_guided(name: str, seconds: int, seed: int) -> int:
    """Coverage-guided, by libFuzzer; it ends the process."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=[*OURS, *THEIRS]):
        target = targets()[name]
    (SEEDS / name).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for number, example in enumerate(target.examples()):
            (corpus / str(number)).write_bytes(example)
        for path in target.kept():
            (corpus / path.name).write_bytes(path.read_bytes())
        words = Path(folder, "words")
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
        options = [f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={target.largest}"]
        options += [
            f"-rss_limit_mb={MEMORY + WATCHING}",
            "-timeout=60",
            "-print_final_stats=1",
            "-verbosity=1",
        ]
        options += [f"-dict={words}"] if target.words else []
        options += [f"-artifact_prefix={SEEDS / name}/", str(corpus)]
        atheris.Setup([sys.argv[0], *options], target.run)
        atheris.Fuzz()
    return 0


def _escaped(word: bytes) -> str:
    """As libFuzzer's dictionaries write bytes."""
    return "".join(f"\\x{byte:02x}" for byte in word)


def fuzz_plainly(target: Target, seconds: int, seed: int) -> int:
    """Without guidance: examples, mutated again and again."""
    chance = random.Random(seed)  # noqa: S311 (mutations)
    check = guarded(target)
    corpus = [*target.examples(), *(path.read_bytes() for path in target.kept())]
    for each in corpus:
        check(each)
    ends, runs = time.monotonic() + seconds, len(corpus)
    while time.monotonic() < ends:
        check(mutated(chance, corpus, target)[: target.largest])
        runs += 1
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{target.name}: {runs} executions in {seconds} s, at most {most} MiB")  # noqa: T201
    return 1 if most > MEMORY else 0


def mutated(chance: random.Random, corpus: list[bytes], target: Target) -> bytes:
    """An example with some accidents."""
    data = bytearray(chance.choice(corpus))
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(data) + 1)
        until = min(len(data), at + chance.choice((1, 2, 8, 64)))
        match chance.randrange(7):
            case 0:
                data[at:until] = b""
            case 1:
                data[at:at] = bytes(data[at:until]) * chance.choice((1, 2, 40))
            case 2 if target.words:
                data[at:at] = chance.choice(target.words)
            case 3:
                other = chance.choice(corpus)
                data[at:] = other[chance.randrange(len(other) + 1) :]
            case 4:
                data[at:until] = chance.randbytes(until - at)
            case 5:
                data[:] = _number(chance, bytes(data))
            case _:
                data[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(data)


def _number(chance: random.Random, data: bytes) -> bytes:
    """One number in it becomes an odd one."""
    found = list(re.finditer(rb"-?\d+(?:\.\d+)?", data))
    if not found:
        return data
    one = chance.choice(found)
    odd = chance.choice((b"0", b"-1", b"1e308", b"nan", b"inf", b"9" * 40, b"2147483648", b"1.5"))
    return data[: one.start()] + odd + data[one.end() :]


if __name__ == "__main__":
    sys.exit(main())

"""Rounds of faults: each has a seed, traffic, faults at drawn moments, and a verdict."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from tests.faults import scene as scenes
from tests.faults import verdict
from tests.faults.kinds import KINDS, STORM, Place
from tests.faults.scene import Scene, Traffic
from tests.faults.stand import Stand
from tests.faults.terminals import Terminals
from tests.faults.verdict import Verdict
from tests.waiting import await_true

PACE = 250.0  #: messages a second, of all terminals
#: Part of them that is the day, times the number of faults: it lasts as long as they do.
SHARE = 1.2
FEW = 25  #: messages that wait in terminals at any time, a tenth of a second's
EACH = 3  #: faults of a round, where there are many rounds
LONG_RUN = 10  #: rounds, from which on a server is down for a minute, too
RECOVER = 60.0  #: s; within so many everything must be as before
DRAIN = 90.0  #: s; until all is acknowledged and nothing waits any more
#: Chance that the next fault does not wait until all is as before.  Where a round has many
#: faults none does, which is worse for the product, and soon over.
ASIDE, CROWDED = 0.5, 5
Say = Callable[[str], None]


@dataclass
class Told:
    """What came of the rounds so far."""

    rounds: int = 0
    whole: Verdict = field(default_factory=Verdict)
    recovery: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, one: Verdict) -> None:
        """Another round."""
        self.rounds += 1
        whole = self.whole
        whole.lost += one.lost
        whole.duplicated += one.duplicated
        whole.wrong_nodes += one.wrong_nodes
        whole.wrong_notifications += one.wrong_notifications
        whole.others += one.others

    def figures(self) -> dict[str, Any]:
        """The last line."""
        whole = self.whole
        return {
            "rounds": self.rounds,
            "lost": whole.lost,
            "duplicated": whole.duplicated,
            "wrong_nodes": whole.wrong_nodes,
            "wrong_notifications": whole.wrong_notifications,
            "others": len(whole.others),
            "recovery_s": {
                kind: {
                    "times": len(took),
                    "p50": round(median(took), 1),
                    "max": round(max(took), 1),
                }
                for kind, took in sorted(self.recovery.items())
            },
        }


def plan(rounds: int, seed: int) -> list[list[str]]:
    """The kinds of faults of each round: every kind comes as often as any other, give or take one.

    However few the rounds are, every kind comes.
    """
    rng = np.random.default_rng([seed, 0])
    each = max(EACH, -(-len(KINDS) // rounds))
    deck: list[str] = []
    while len(deck) < rounds * each:
        deck += rng.permutation(list(KINDS)).tolist()
    hands = [deck[at : at + each] for at in range(0, rounds * each, each)]
    # The thousand stay until the end of the round: other faults must not wait for all of them.
    return [sorted(hand, key=lambda kind: kind == STORM) for hand in hands]


def run(stand: Stand, rounds: int, seed: int, say: Say, told: Told) -> None:
    """So many rounds on one product; ``told`` grows as they end."""
    long = {kind for kind, fault in KINDS.items() if fault.long} if rounds >= LONG_RUN else set()
    for number, kinds in enumerate(plan(rounds, seed), 1):
        rng = np.random.default_rng([seed, number])
        began = time.monotonic()
        one = Round(stand, number, rng, told, long)
        came = one.play(kinds, say)
        told.add(came)
        said = "well" if came else f"WRONG: {came}"
        say(f"round {number} of {rounds}: {said}, {time.monotonic() - began:.0f} s")


class Round:
    """One round."""

    def __init__(
        self, stand: Stand, number: int, rng: np.random.Generator, told: Told, long: set[str]
    ) -> None:
        self._stand, self._rng, self._told = stand, rng, told
        self._long, self._made = long, 0
        self._alone = True  # nothing of an earlier fault is left
        self._scene: Scene = scenes.draw(number, rng, time.time())

    def play(self, kinds: Sequence[str], say: Say) -> Verdict:
        """Send, do harm, wait until it is over, and look."""
        stand, scene = self._stand, self._scene
        stand.register(scene)
        order, chance = self._rng.spawn(2)
        traffic = Traffic(scene, SHARE / len(kinds), order)
        with Terminals(stand.terminals(), traffic, PACE, chance) as terminals:
            stuck = self._endure(terminals, kinds, say)
            left = terminals.finish(DRAIN)
            if not _within(DRAIN, lambda: verdict.settled(stand, scene)):
                stuck.append("something still waits")
            seen = verdict.look(stand, scene, terminals)
            if left:
                stuck.append(f"{left} messages were not acknowledged")
            seen.others += stuck
            say(
                f"  {len(terminals.acknowledged)} fixes, {len(scene.alarms)} alarms,"
                f" {terminals.reconnects} reconnects"
            )
        return seen

    def _endure(self, terminals: Terminals, kinds: Sequence[str], say: Say) -> list[str]:
        """The faults, one after the other, and the edits; what it did not recover from."""
        scene, rng = self._scene, self._rng
        if not _within(RECOVER, lambda: self._stored() > 0):
            return ["nothing is stored"]
        moments = sorted(rng.integers(0, len(kinds), len(scene.day.edits)).tolist())
        for place, kind in enumerate(kinds):
            for number in (n for n, moment in enumerate(moments) if moment == place):
                self._stand.insist(partial(scene.edit, number))
            last = place + 1 == len(kinds)
            aside = ASIDE if len(kinds) < CROWDED else float(not last)
            if not self._harm(terminals, kind, aside, say):
                return [f"no recovery from {kind} within {RECOVER:.0f} s"]
        return []

    def _harm(self, terminals: Terminals, kind: str, aside: float, say: Say) -> bool:
        """One fault; whether all was as before within the limit, where that was waited for."""
        fault, rng = KINDS[kind], self._rng
        pause(float(rng.uniform(0.1, 0.8)))
        hold = float(rng.uniform(fault.least, fault.most))
        if kind in self._long:
            self._long.discard(kind)
            hold, aside = fault.long, 0.0
        with fault.make(Place(self._stand, terminals, self._scene, rng, self._made)):
            pause(hold)
        self._made += 1
        ended, known = time.monotonic(), len(terminals.acknowledged)
        if rng.random() < aside:
            say(f"  {kind} for {hold:.1f} s, and on to the next")
            self._alone = False
            return True
        whole = _within(RECOVER, lambda: self._recovered(terminals, known))
        took = time.monotonic() - ended
        if whole and self._alone:
            self._told.recovery[kind].append(took)
        self._alone = True
        say(f"  {kind} for {hold:.1f} s, recovered in {took:.1f} s")
        return whole

    def _recovered(self, terminals: Terminals, known: int) -> bool:
        """Whether fixes flow again, none waits for long, and those acknowledged are stored."""
        now = len(terminals.acknowledged)
        return now > known and terminals.waiting < FEW and self._stored() >= now

    def _stored(self) -> int:
        """Fixes of the round's terminals in the store; -1 while it is away."""
        rows = self._stand.ask(
            "SELECT count(*) FROM fix f JOIN device d ON d.id = f.device_id"
            " WHERE d.code LIKE %s OR d.code LIKE 'storm%%' AND f.time >= to_timestamp(%s)",
            f"{self._scene.prefix}%",
            self._scene.started,
        )
        return int(rows[0][0]) if rows else -1


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether it holds before so much time has passed."""
    try:
        await_true(condition, "it holds", seconds)
    except AssertionError:
        return False
    return True


def pause(seconds: float) -> None:
    """Let a fault last; how long is part of what was drawn."""
    time.sleep(seconds)

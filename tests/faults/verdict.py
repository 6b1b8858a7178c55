"""What a round has come to: is everything there, once, and as it should be?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.faults.scene import Scene
from tests.faults.stand import Stand
from tests.faults.terminals import Terminals
from tests.fleet_day import CANON, asked

Key = tuple[str, int]  #: terminal, ms since 1970
Node = tuple[Any, ...]
Told = tuple[str, str, str, str, str]  #: id, topic, subject, transition, state

ENDED = frozenset({"sent", "failed"})  #: states of notices that nobody works at any more

_STORED = """
SELECT d.code, round(extract(epoch FROM f.time) * 1000)::int8
FROM fix f JOIN device d ON d.id = f.device_id WHERE d.code LIKE %s OR d.code LIKE 'storm%%'
"""
_EVENTS = """
SELECT count(*) FROM device_event e JOIN device d ON d.id = e.device_id
WHERE d.code LIKE %s AND d.code <> %s
"""
_NOTICES = """
SELECT n.id::text, topic, subject, transition || ':' || recipient, state FROM notice n
WHERE subject LIKE %s AND state IN ('sent', 'waiting', 'sending', 'failed')
"""
_SENT = "SELECT topic, subject FROM notice WHERE subject LIKE %s AND state = 'sent'"
_BEHIND = """
SELECT count(*) FROM vehicle_state s JOIN vehicle_memory m USING (vehicle_id)
WHERE s.revision <> m.revision
"""
_REPEATED = "SELECT count(*) - count(DISTINCT id) FROM change"
_NUMBERED = "SELECT count(*) - count(DISTINCT change_id) FROM node"
_OWED = "SELECT count(*) FROM refold"
_UNTOLD = "SELECT count(*) FROM notice WHERE state IN ('waiting', 'sending')"


@dataclass
class Verdict:
    """Counts of what is wrong; all zero if nothing is."""

    lost: int = 0  #: acknowledged, and not stored
    duplicated: int = 0  #: rows that stand for the same
    wrong_nodes: int = 0  #: too many, missing, or otherwise than in order
    wrong_notifications: int = 0  #: missing, or told twice
    others: list[str] = field(default_factory=list)  #: whatever else is wrong, in words

    def __bool__(self) -> bool:
        """Whether all is well."""
        wrong = self.lost + self.duplicated + self.wrong_nodes + self.wrong_notifications
        return not wrong and not self.others


def fixes(acknowledged: set[Key], sent: set[Key], stored: Collection[Key], own: str) -> Verdict:
    """Whether what is stored is what was acknowledged; ``own``: of what nobody else may send."""
    verdict = Verdict(
        lost=len(acknowledged - set(stored)), duplicated=len(stored) - len(set(stored))
    )
    strange = {key for key in set(stored) - sent if key[0].startswith(own)}
    if strange:
        verdict.others.append(f"{len(strange)} fixes that nobody sent, such as {min(strange)}")
    return verdict


def nodes(expected: Iterable[Node], found: Iterable[Node]) -> int:
    """Nodes that are on one side only."""
    one, other = (Counter(map(repr, side)) for side in (expected, found))
    return ((one - other) + (other - one)).total()


def notifications(
    expected: Collection[tuple[str, str]], kept: Collection[Told], taken: Mapping[str, int]
) -> int:
    """Notices missing, told twice, or never taken by their receiver although they were sent.

    What is on its way is none of these: a minute without a broker makes vehicles silent, and of
    that somebody is told, too.

    A message that its receiver took twice under one id is one: by the id it is known again.

    Args:
        expected: topic and subject of each.
        kept: all of the outbox.
        taken: how often the receiver took each id.
    """
    named = Counter((topic, subject) for _, topic, subject, *_ in kept)
    transitions = Counter(told[1:4] for told in kept)
    missing = sum(named[each] == 0 for each in expected)
    twice = sum(times - 1 for times in transitions.values())
    again = sum(max(named[each] - 1, 0) for each in expected) - twice
    untold = sum(told[4] in ENDED and told[0] not in taken for told in kept)
    return missing + twice + max(again, 0) + untold


def settled(stand: Stand, scene: Scene) -> bool:
    """Whether nothing waits at the broker, to be folded again or to be told; and the API is up.

    A worker that comes back has not found yet what is to be told, so all of that is awaited.
    """
    rows = stand.ask(f"SELECT ({_OWED}), ({_UNTOLD})")
    if rows != [(0, 0)] or stand.supervisor.stack.broker.backlog() != 0:
        return False
    told = {(topic, subject) for topic, subject in stand.ask(_SENT, f"{scene.prefix}%") or ()}
    if not scene.alarms <= told:
        return False
    try:
        stand.get("/health/ready")
    except OSError:  # also an answer that is none of success
        return False
    return True


def look(stand: Stand, scene: Scene, terminals: Terminals) -> Verdict:
    """The verdict on a round that has settled."""
    own = f"{scene.prefix}%"
    poison = f"{scene.prefix}poison"
    stored = [key for key in stand.rows_of(_STORED, own) if key[0] != poison]
    verdict = fixes(terminals.acknowledged, terminals.sent, stored, scene.prefix)
    keys = dict(stand.rows_of("SELECT code, id FROM device WHERE code LIKE %s", own))
    verdict.wrong_nodes = nodes(scene.nodes(keys), asked(canon(stand, scene)))
    taken = Counter(one.id for one in stand.receiver.accepted)
    kept = stand.rows_of(_NOTICES, own)
    verdict.wrong_notifications = notifications(scene.alarms, kept, taken)
    verdict.duplicated += sum(stand.rows_of(each)[0][0] for each in (_REPEATED, _NUMBERED))
    verdict.lost += len(scene.alarms) - stand.rows_of(_EVENTS, own, poison)[0][0]
    if behind := stand.rows_of(_BEHIND)[0][0]:
        verdict.others.append(f"{behind} vehicles whose memory is of another revision")
    return verdict


def canon(stand: Stand, scene: Scene) -> list[Node]:
    """The nodes of the round's lorries, under the names of ``bench.order``."""
    rows = stand.rows(CANON.replace("WHERE", f"WHERE v.plate LIKE '{scene.prefix}v%' AND"))
    return [tuple(_bare(value, scene.prefix) for value in row) for row in rows]


def _bare(value: Any, prefix: str) -> Any:  # noqa: ANN401 - a column
    return value.removeprefix(prefix) if isinstance(value, str) else value


def line(told: Mapping[str, Any]) -> str:
    """One line of JSON."""
    return orjson.dumps(told).decode()

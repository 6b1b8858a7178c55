"""Clients who are told the same: what changed is admitted and encoded once for all of them.

An audience is everybody with equal rights, whoever they are, who asked for the same in the same
form.  Rights are per vehicle and moment (``reach.admits``), so what is encoded for one audience is
never sent to another, however much of it both may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from websockets.frames import Frame, Opcode

from fleet.scope import Scope
from fleet.views import Cursor
from tracker_api.live import frames, messages, reach
from tracker_api.live.cells import View, cell_of
from tracker_api.live.messages import Filter, Form, State, Told, Vehicles

#: Messages with positions of elsewhere that a client gets in the time between two of one cell.
TURNS = 10

States = dict[int, State]  #: by the store's opaque vehicle keys, which never reach a client
Slots = Mapping[int, int]  #: key -> slot; only the binary form has them


@dataclass(frozen=True, slots=True)
class Wish:
    """What an audience has in common."""

    scope: Scope  #: of nobody in particular
    filter: Filter
    form: Form = "json"


@dataclass(slots=True)
class Letter:
    """What is to be told: the newest states, and everything that is told once."""

    states: States = field(default_factory=dict)  #: binary: whose other cells changed
    gone: dict[int, str] = field(default_factory=dict)  #: key -> plate
    told: list[Told] = field(default_factory=list)  #: nodes and entries of alerts, in order
    world: bool = False
    moved: States = field(default_factory=dict)  #: binary: whose positions changed

    @property
    def has_text(self) -> bool:
        """Whether there is more than positions."""
        return bool(self.states or self.gone or self.told or self.world)

    def __bool__(self) -> bool:
        return self.has_text or bool(self.moved)

    def text(self, cursor: Cursor, slots: Slots | None) -> str:
        """The delta; with ``slots`` of the binary form."""
        vehicles = _columns(self.states, slots)
        return messages.delta(cursor, vehicles, self.gone.values(), self.told, world=self.world)


class Round:
    """What one round brought an audience, as of ``cursor``; encoded when first asked for."""

    def __init__(self, cursor: Cursor, slots: Slots | None) -> None:
        self.cursor, self._slots = cursor, slots
        self.letter = Letter()
        self.near: dict[int, States] = {}  #: by cell: whose positions changed now
        self.far: dict[int, States] = {}  #: whose turn it is where nobody looks
        self._text: str | None = None
        self._frames: dict[View, bytes] = {}
        self._wires: dict[View, bytes] = {}
        self._segments: dict[tuple[bool, int], bytes] = {}

    def __bool__(self) -> bool:
        return bool(self.letter or self.far)

    def text(self) -> str | None:
        """The delta; None if there is nothing but positions."""
        if self._text is None and self.letter.has_text:
            self._text = self.letter.text(self.cursor, self._slots)
        return self._text

    def frame(self, view: View) -> bytes:
        """The positions for who looks at ``view``; may be empty."""
        found = self._frames.get(view)
        if found is None:
            found = self._frames[view] = self._joined(view)
        return found

    def wire(self, view: View) -> bytes:
        """Both as messages on the wire, text first: as they go to whoever keeps up."""
        found = self._wires.get(view)
        if found is None:
            parts = (self.text(), self.frame(view))
            found = self._wires[view] = b"".join(_message(part) for part in parts if part)
        return found

    def concerns(self, view: View) -> bool:
        """Whether who looks at ``view`` is told anything."""
        return self.letter.has_text or bool(self.frame(view))

    def moved(self, view: View) -> Iterator[States]:
        """What ``frame`` tells."""
        if view is None:
            yield self.letter.moved
        else:
            yield from (found for cell, found in self.near.items() if cell in view)
            yield from (found for cell, found in self.far.items() if cell not in view)

    def _joined(self, view: View) -> bytes:
        if self._slots is None:
            return b""
        if view is None:
            return encode(self.letter.moved, self.cursor, self._slots)
        segments = [self._segment(cell, is_near=True) for cell in self.near if cell in view]
        segments += [self._segment(cell, is_near=False) for cell in self.far if cell not in view]
        return b"".join(segments)

    def _segment(self, cell: int, *, is_near: bool) -> bytes:
        found = self._segments.get((is_near, cell))
        if found is None:
            states = (self.near if is_near else self.far)[cell]
            found = encode(states, self.cursor, self._slots or {})
            self._segments[is_near, cell] = found
        return found


@dataclass(slots=True)
class _Pending:
    """Positions of a cell that those who look elsewhere have not been told."""

    since: float  #: s on the hub's clock
    keys: set[int] = field(default_factory=set)


class Audience:
    """What its clients may and want to see, and see."""

    def __init__(self, wish: Wish, slots: Slots, states: Mapping[int, State]) -> None:
        self.wish = wish
        self.slots = slots if wish.form == "binary" else None
        self._seen = {key: state for key, state in states.items() if self.admits(state)}
        self._pending: dict[int, _Pending] = {}  #: by cell, the oldest first
        self._whole: tuple[Vehicles | None, bytes | None] = None, None  #: kept of ``snapshot``

    @property
    def seen(self) -> Mapping[int, State]:
        """What its clients have, once they have taken everything."""
        return self._seen

    def admits(self, state: State) -> bool:
        """Whether they may and want to see ``state``."""
        return reach.admits(self.wish.scope, state) and self.wish.filter.admits(state)

    def admits_told(self, told: Told) -> bool:
        """Whether they may and want to hear of a node or an alert."""
        return reach.admits_told(self.wish.scope, told) and self.wish.filter.wants(told)

    def take(
        self,
        changed: Mapping[int, State | None],
        told: Iterable[Told],
        cursor: Cursor,
        *,
        world: bool = False,
    ) -> Round:
        """What of a round is theirs; None is a vehicle that is no more."""
        news = Round(cursor, self.slots)
        letter = news.letter
        letter.world, letter.told = world, [one for one in told if self.admits_told(one)]
        for key, state in changed.items():
            before = self._seen.get(key)
            if state is not None and self.admits(state):
                self._seen[key] = state
                self._note(news, key, before, state)
            elif before is not None:
                del self._seen[key]
                letter.gone[key] = before.plate
        vehicles, frame = self._whole
        if letter.states or letter.gone:
            vehicles = frame = None
        self._whole = vehicles, None if letter.moved else frame
        return news

    def turn(self, news: Round, now: float, elsewhere: float) -> None:
        """Add to ``news`` what is due where nobody looks, at the latest ``elsewhere`` s old."""
        for cell, found in news.near.items():
            self._pending.setdefault(cell, _Pending(now)).keys.update(found)
        if (first := self.due(elsewhere)) is None or first > now:
            return
        # With the first go all that would follow soon: a message costs more than its bytes.
        soon = now + elsewhere / TURNS
        while (due := self.due(elsewhere)) is not None and due <= soon:
            cell = next(iter(self._pending))
            states = self.pending(frozenset({cell}))
            del self._pending[cell]
            if states:
                news.far[cell] = states

    def due(self, elsewhere: float) -> float | None:
        """When ``turn`` has something to add at the earliest."""
        first = next(iter(self._pending.values()), None)
        return None if first is None else first.since + elsewhere

    def pending(self, cells: View) -> States:
        """What those who have not looked at ``cells`` lack there."""
        waiting = [
            each.keys for cell, each in self._pending.items() if cells is None or cell in cells
        ]
        keys = set[int]().union(*waiting)
        return {key: state for key in keys if (state := self._seen.get(key)) is not None}

    def snapshot(self, *, is_shared: bool) -> tuple[Vehicles, bytes]:
        """Everything, as columns and as a frame; kept for the next who asks if ``is_shared``."""
        vehicles, frame = self._whole
        if vehicles is None:
            vehicles = _columns(self._seen, self.slots)
        if frame is None:
            placed = () if self.slots is None else _placed(self._seen, self.slots)
            frame = b"" if self.slots is None else frames.snapshot(placed, 0)
        if is_shared:  # else a megabyte would lie beside every client with a filter of its own
            self._whole = vehicles, frame
        return vehicles, frame

    def _note(self, news: Round, key: int, before: State | None, state: State) -> None:
        letter = news.letter
        if self.slots is None:
            letter.states[key] = state
            return
        if before is None or before.others != state.others:
            letter.states[key] = state
        if state.fix is None or (before is not None and before.fix == state.fix):
            return
        letter.moved[key] = state
        # Where it left, too: else it would stand at the edge of a view until its turn comes.
        for cell in _cells(state, before):
            news.near.setdefault(cell, {})[key] = state


def _message(part: str | bytes) -> bytes:
    """An unmasked, whole message (RFC 6455, 5.2)."""
    kind, data = (Opcode.TEXT, part.encode()) if isinstance(part, str) else (Opcode.BINARY, part)
    return Frame(kind, data).serialize(mask=False)


def encode(states: Mapping[int, State], cursor: Cursor, slots: Slots) -> bytes:
    """Positions of ``states`` as a frame."""
    return frames.frame(_placed(states, slots), cursor.number)


def _placed(states: Mapping[int, State], slots: Slots) -> Iterator[frames.Placed]:
    return ((slots[key], state) for key, state in states.items())


def _columns(states: Mapping[int, State], slots: Slots | None) -> Vehicles:
    if slots is None:
        return messages.columns(states.values())
    return messages.others(_placed(states, slots))


def _cells(*states: State | None) -> set[int]:
    return {
        cell_of(state.lon, state.lat)
        for state in states
        if state is not None and state.lon is not None and state.lat is not None
    }

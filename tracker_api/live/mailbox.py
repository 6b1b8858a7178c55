"""What one client has not been told yet: the newest state per vehicle, every node and alert.

A slow client loses old states only, and holds no more than one state per vehicle however
slow it is; of nodes and alerts it loses none, so their number is what the hub limits.  The mailbox
knows which vehicles its client sees, so that a vehicle that leaves the filter is told
``gone`` once, and one that was never there is not mentioned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fleet.scope import Scope
from tracker_api.live import reach
from tracker_api.live.messages import Filter, State, Told


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that was waiting in a mailbox."""

    states: tuple[State, ...]
    gone: tuple[str, ...]  #: plates
    world: bool
    nodes: tuple[Told, ...] = ()  #: and entries of alerts, in order

    def __bool__(self) -> bool:
        return bool(self.states or self.gone or self.world or self.nodes)


@dataclass(slots=True)
class Mailbox:
    """Newest undelivered state per vehicle, all undelivered nodes and alerts; one scope and filter.

    Keys are the store's opaque vehicle keys; they never reach a client.
    """

    scope: Scope
    filter: Filter
    world: bool = False  #: the client must hear that the world was edited
    conflated: int = 0  #: states that were replaced before the client took them
    nodes: list[Told] = field(default_factory=list)  #: and entries of alerts: waiting, in order
    _seen: dict[int, str] = field(default_factory=dict)  #: key -> plate, what the client has
    _waiting: dict[int, State] = field(default_factory=dict)
    _gone: dict[int, str] = field(default_factory=dict)

    def admits(self, state: State) -> bool:
        """Whether the client may and wants to see ``state``."""
        return reach.admits(self.scope, state) and self.filter.admits(state)

    def admits_told(self, told: Told) -> bool:
        """Whether the client may and wants to hear of a node or an alert."""
        return reach.admits_told(self.scope, told) and self.filter.wants(told)

    def restart(self, states: Mapping[int, State]) -> tuple[State, ...]:
        """Forget everything but nodes; of ``states`` the client sees now what is admitted."""
        admitted = {key: state for key, state in states.items() if self.admits(state)}
        self._seen = {key: state.plate for key, state in admitted.items()}
        self._waiting.clear()
        self._gone.clear()
        self.world = False
        return tuple(admitted.values())

    def offer(
        self,
        changed: Mapping[int, State | None],
        nodes: Iterable[Told] = (),
        *,
        world: bool = False,
    ) -> None:
        """Take in the newest states, None a vehicle that is no more, and nodes in order."""
        self.world |= world
        self.nodes += filter(self.admits_told, nodes)
        for key, state in changed.items():
            if state is not None and self.admits(state):
                self.conflated += key in self._waiting
                self._waiting[key] = state
                self._seen[key] = state.plate
                self._gone.pop(key, None)
            elif (plate := self._seen.pop(key, None)) is not None:
                self._waiting.pop(key, None)
                self._gone[key] = plate

    def catch_up(self, keys: Iterable[int], states: Mapping[int, State]) -> None:
        """Take in what changed while the client was away.

        It may have seen any vehicle of ``keys``, so one that is outside now is told gone.
        What was offered meanwhile is newer and stays.
        """
        for key in keys:
            state = states.get(key)
            if state is None or key in self._waiting:
                continue
            if self.admits(state):
                self._waiting[key] = state
            else:
                self._gone[key] = state.plate

    def recover(self, nodes: Iterable[Told]) -> None:
        """Take in the nodes that the client missed; some of them may wait already."""
        merged = {node.number: node for node in (*filter(self.admits_told, nodes), *self.nodes)}
        self.nodes = [merged[number] for number in sorted(merged)]

    def inherit(self, before: Mailbox) -> None:
        """Take over what the client must hear whatever it sees: its mailbox had another filter."""
        self.world |= before.world
        self.nodes = [node for node in before.nodes if self.admits_told(node)]

    def drain(self) -> Letter:
        """Take everything out."""
        letter = Letter(
            tuple(self._waiting.values()),
            tuple(self._gone.values()),
            self.world,
            tuple(self.nodes),
        )
        self._waiting.clear()
        self._gone.clear()
        self.nodes.clear()
        self.world = False
        return letter

    def __len__(self) -> int:
        """How many vehicles wait to be told."""
        return len(self._waiting) + len(self._gone)

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._waiting or self._gone or self.world or self.nodes)

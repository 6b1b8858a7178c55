"""What one client has not been told yet: the newest state per vehicle, every node and alert.

Who keeps up has nothing but the newest round of its audience in it, which is shared and encoded
once.  Who is behind loses old states only, and holds no more than one state per vehicle however
slow it is; of nodes and alerts it loses none, so their number is what the hub limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tracker_api.live.audience import Audience, Letter, Round
from tracker_api.live.cells import View
from tracker_api.live.messages import State, Told


@dataclass(slots=True)
class Mailbox:
    """A round as it was made, or what several have become; never both."""

    view: View = None  #: where the client looks, which matters in the binary form only
    conflated: int = 0  #: states that were replaced before the client took them
    _round: Round | None = None
    _letter: Letter = field(default_factory=Letter)

    def offer(self, news: Round) -> None:
        """Take in what is new for the client's audience."""
        if not self:
            self._round = news
        else:
            self._settle()
            self._pour(news)

    def look(self, view: View, audience: Audience) -> None:
        """Look elsewhere: what waits there for its turn is told at once."""
        self._settle()
        before, self.view = self.view, view
        if before is not None:
            fresh = None if view is None else view - before
            self._letter.moved |= audience.pending(fresh)

    def catch_up(
        self, keys: Iterable[int], audience: Audience, states: Mapping[int, State]
    ) -> None:
        """Take in what changed while the client was away.

        It may have seen any vehicle of ``keys``, so one that is outside now is told gone.
        What was offered meanwhile is newer and stays.
        """
        self._settle()
        letter, seen = self._letter, audience.seen
        for key in keys:
            if (state := seen.get(key)) is not None:
                letter.states.setdefault(key, state)
                letter.gone.pop(key, None)
            elif key in states:
                letter.gone[key] = states[key].plate
        if audience.slots is not None:  # positions elsewhere may be older than its cursor
            letter.moved |= seen

    def recover(self, told: Iterable[Told]) -> None:
        """Take in nodes and alerts that the client missed; some of them may wait already."""
        self._settle()
        merged = {one.number: one for one in (*told, *self._letter.told)}
        self._letter.told = [merged[number] for number in sorted(merged)]

    def edit(self) -> None:
        """Have the client hear that the world was edited."""
        self._settle()
        self._letter.world = True

    def restart(self) -> None:
        """Forget states: the client is told everything anew."""
        self._settle()
        letter = self._letter
        self._letter = Letter(told=letter.told, world=letter.world)

    def forget_told(self) -> None:
        """Forget nodes and alerts: they are older than the client, or of another database."""
        self._settle()
        self._letter.told = []

    def inherit(self, before: Mailbox, audience: Audience) -> None:
        """Take over what the client must hear whatever it sees: it was in another audience."""
        before.restart()
        self._letter.world |= before._letter.world
        self._letter.told = [one for one in before._letter.told if audience.admits_told(one)]

    @property
    def shared(self) -> Round | None:
        """The round that is all that waits; None if there is more, or nothing."""
        return self._round

    def drain(self) -> Letter:
        """Take everything out."""
        self._settle()
        letter, self._letter = self._letter, Letter()
        return letter

    def clear(self) -> None:
        """Take out the round that was told as it is."""
        self._round = None

    @property
    def owed(self) -> int:
        """How many nodes and alerts wait."""
        told = self._letter.told if self._round is None else self._round.letter.told
        return len(told)

    def __len__(self) -> int:
        """How many vehicles wait to be told."""
        letter = self._letter if self._round is None else self._round.letter
        return len(letter.states.keys() | letter.moved.keys()) + len(letter.gone)

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return self._round is not None or bool(self._letter)

    def _settle(self) -> None:
        """Make a shared round one's own."""
        if self._round is not None:
            news, self._round = self._round, None
            self._pour(news)

    def _pour(self, news: Round) -> None:
        letter, fresh = self._letter, news.letter
        letter.world |= fresh.world
        letter.told += fresh.told
        self.conflated += len(letter.states.keys() & fresh.states.keys())
        letter.states |= fresh.states
        for key in fresh.states:
            letter.gone.pop(key, None)
        for moved in news.moved(self.view):
            self.conflated += len(letter.moved.keys() & moved.keys())
            letter.moved |= moved
        for key, plate in fresh.gone.items():
            letter.states.pop(key, None)
            letter.moved.pop(key, None)
            letter.gone[key] = plate

"""One vehicle on its planned line, fix by fix: what is remembered of it, and what a fix changes.

Two places are kept.  ``at`` is where the vehicle is along the line, as the last fixes have it.
``s`` is its progress: it follows ``at`` forwards, never backwards, until ``at`` has been more than
a kilometre behind for some fixes; then the vehicle has turned back, and ``s`` goes with it until it
drives forwards again.

Off the line, both wait.  From there the search reaches as far as the vehicle can have come since,
so that a detour is taken up again where it ends, and nothing else is.

``route.progress`` does most vehicles in arrays; this is the rule for the others, and the measure
of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan, sqrt
from operator import attrgetter
from typing import NamedTuple

from route.ground import Fix, Ground, half_turn, is_at_an_end, is_in_box
from route.match import Ask, Place, match_one
from route.memory import Rules, State

NOISE = 10.0  #: m; about what a fix on its road lies beside its line
MARGIN = 60.0  #: m ahead that a vehicle may always be: noise, and starting off
BEHIND = 30.0  #: m behind, likewise
HASTE = 1.5  #: times the fastest of what is known of its speed: as far it may be
DOUBT = 0.3  #: of the way it should have driven: one standard deviation
_START_PULL = NOISE / 1000.0  #: a place in the first kilometre is as good as another
_STRIDE = 30.0  #: m; as far apart, two fixes are not of a vehicle that stands
_GUESS = 3600.0  #: s; after a longer silence nobody knows how far it drove
_JOIN_FIXES = 3


class Told(NamedTuple):
    """What is said of one row: see ``progress.Located``."""

    s: float
    offset: float
    on: bool
    state: int


class _Step(NamedTuple):
    """A fix and how the vehicle came there."""

    fix: Fix
    dt: float  #: s since the fix before; NaN: there was none
    way: float  #: m, straight
    moves: bool  #: it seems to drive


@dataclass(slots=True)
class Vehicle:
    """One row of ``PROGRESS``, unpacked: what is remembered while its fixes are taken."""

    trip: int
    line: int
    state: int
    joined: bool
    rests: bool
    off_fixes: int
    agreed: int
    time: float
    lon: float
    lat: float
    s: float
    at: float
    seen: float
    offset: float
    pace: float
    off_since: float
    off_way: float
    off_moved: float
    back_since: float
    low: float
    stand_since: float
    stand_lon: float
    stand_lat: float
    counted: float
    begun: float
    standing: float
    silent: float
    moved: float
    away: float
    resting: float
    driven: float

    def as_tuple(self) -> tuple[float, ...]:
        """The row again."""
        row: tuple[float, ...] = _columns(self)
        return row

    def take(self, fix: Fix, ground: Ground) -> Told:
        """The next fix in event order; one that is not newer than the last changes nothing."""
        if fix.time <= self.time:
            return self._told(on=False)
        step = self._step(fix, ground.rules)
        self.offset = nan
        before = self.at
        if fix.trip != self.trip:
            self._move(step, 0.0, ground)
            self._begin(fix)
            on = self._place(step, ground)
        else:
            on = self._place(step, ground)
            self._move(step, self.at - before, ground)
        self.time, self.lon, self.lat = fix.time, fix.lon, fix.lat
        return self._told(on=on)

    def _told(self, *, on: bool) -> Told:
        return Told(self.s, self.offset, on, self.state)

    def _step(self, fix: Fix, rules: Rules) -> _Step:
        x = (half_turn(fix.lon - self.lon)) * fix.kx
        y = (fix.lat - self.lat) * fix.ky
        way, dt = sqrt(x * x + y * y), fix.time - self.time
        moves = not fix.speed <= rules.slow and way >= _STRIDE  # NaN: as far as is known
        return _Step(fix, dt, way, moves)

    def _begin(self, fix: Fix) -> None:
        """A trip begins; what is known of driver and standstill stays."""
        self.trip, self.begun = fix.trip, fix.time if fix.trip else nan
        self.standing = self.away = self.silent = self.resting = self.moved = 0.0
        self.counted = 0.0
        self._forget_line()

    def _forget_line(self) -> None:
        self.line, self.state, self.joined = 0, State.LOST.value, False
        self.s = self.at = self.seen = nan
        self._stay()

    def _stay(self) -> None:
        """Nothing speaks for any change."""
        self.off_fixes = self.agreed = 0
        self.off_since = self.back_since = self.low = nan
        self.off_way = self.off_moved = 0.0

    # The place on the line.

    def _place(self, step: _Step, ground: Ground) -> bool:
        """Move on along the line; whether the fix lies in its corridor."""
        fix = step.fix
        if fix.line < 0:
            if self.line:
                self._forget_line()
            return False
        if fix.key != self.line:
            was = self.s
            self._forget_line()
            self.line = fix.key
            if not isnan(was) and self._take_up(step, ground, was):
                return True
        if isnan(self.at):
            return self._acquire(step, ground)
        if self.state == State.LOST:
            return self._join(step, ground)
        return self._follow(step, ground)

    def _find(
        self, step: _Step, ground: Ground, low: float, high: float, aim: tuple[float, float]
    ) -> tuple[Place, bool]:
        """The best place on a stretch, and whether the fix lies within the corridor there."""
        fix = step.fix
        scale = fix.kx * 1e-7, fix.ky * 1e-7
        ask = Ask(fix.line, low, high, fix.x, fix.y, *scale, fix.east, fix.north, *aim)
        place = match_one(ground.lines, ask)
        self.offset = place.offset
        return place, abs(place.offset) - fix.sigma <= float(ground.lines.corridor[fix.line])

    def _take_up(self, step: _Step, ground: Ground, was: float) -> bool:
        """A plan was revised: go on near the same place on the new line."""
        aim = (was, NOISE / ground.rules.revised)
        length = float(ground.lines.length[step.fix.line])
        place, on = self._find(step, ground, 0.0, length, aim)
        if on:
            self._settle(place.s, step.fix.time)
        return on

    def _settle(self, s: float, time: float) -> None:
        self._stay()
        self.state, self.s, self.at, self.seen = State.ON.value, s, s, time

    def _acquire(self, step: _Step, ground: Ground) -> bool:
        """Not on the line yet: at its start, or anywhere if it drives along it."""
        fix, lines = step.fix, ground.lines
        if not is_in_box(fix, lines):
            return False
        place, on = self._find(step, ground, 0.0, ground.rules.start, (0.0, _START_PULL))
        if on:
            if place.along >= 0.0:  # else it is coming in
                self._settle(place.s, fix.time)
            return True
        if not step.moves:
            return False
        place, on = self._find(step, ground, 0.0, float(lines.length[fix.line]), (0.0, 0.0))
        if on and place.along >= 0.0:
            self.at = self.low = place.s
            self.agreed = 1
        return on

    def _join(self, step: _Step, ground: Ground) -> bool:
        """It seems to have come onto the line far from its start: that must go on for a while."""
        low, high, due, pull = self._stretch(step, ground.rules, self.at, step.dt)
        place, on = self._find(step, ground, low, high, (due, pull))
        forward = place.along >= 0.0 and place.s >= self.low - BEHIND
        if not on or not forward or step.dt > ground.rules.gap:
            self.at = nan
            self._stay()
            return on
        self.at = place.s
        self.agreed += 1
        if self.agreed >= _JOIN_FIXES and self.at - self.low >= ground.rules.join:
            self._settle(self.at, step.fix.time)
            self.joined = True
        return True

    def _stretch(
        self, step: _Step, rules: Rules, start: float, since: float
    ) -> tuple[float, float, float, float]:
        """Where along the line it can be, should be, and how surely, if it went on driving."""
        speed, pace = step.fix.speed, self.pace
        known = not isnan(speed)
        swift = max(pace, speed if known else 0.0, step.way / step.dt)
        drive = (pace + speed) * 0.5 if known else pace
        moves = isnan(self.stand_since) and not (known and speed <= rules.slow) and since <= _GUESS
        due = start + max(drive * since if moves else 0.0, step.way)
        far = swift * since
        low = start - BEHIND - HASTE * step.way
        return low, start + MARGIN + HASTE * far, due, NOISE / (BEHIND + DOUBT * far)

    def _follow(self, step: _Step, ground: Ground) -> bool:
        """Look where it should be; failing that, wherever it can be."""
        rules, fix = ground.rules, step.fix
        follows = self.seen == self.time or not isnan(self.back_since)
        start = self.at
        since = step.dt if follows else fix.time - self.seen
        low, high, *aim = self._stretch(step, rules, start, since)
        if follows and step.dt <= rules.gap:
            place, on = self._find(step, ground, low, high, (aim[0], aim[1]))
            if abs(place.offset) <= min(rules.near, float(ground.lines.corridor[fix.line])):
                self._accept(place, step, ground, plausible=True)
                return True
        reach = rules.turned + rules.max_speed * since
        place, on = self._find(step, ground, start - reach, start + reach, (aim[0], aim[1]))
        if on:
            far = max(high - start, MARGIN + rules.cruise * since)
            self._accept(place, step, ground, plausible=place.s - max(start, self.s) <= far)
        else:
            self._stray(step, ground)
        return on

    def _accept(self, place: Place, step: _Step, ground: Ground, *, plausible: bool) -> None:
        """It is there.  A leap forwards is not believed of one fix: progress waits for the next."""
        rules, dt = ground.rules, step.dt
        if plausible and dt <= rules.gap:
            gained = max(place.s - self.at, 0.0) / dt
            self.pace += (gained - self.pace) * (dt / (dt + rules.pace_time))
        self.at = place.s
        if self.state == State.OFF:
            self._return(place, step, ground)
            return
        self.off_fixes = 0
        self.off_since, self.off_way, self.off_moved = nan, 0.0, 0.0
        self.seen = step.fix.time
        if self.state == State.TURNED_BACK:
            self._go_back(rules, plausible=plausible)
        elif self.s - self.at > rules.turned:
            self.agreed += 1
            if self.agreed >= rules.turned_fixes:
                self._turn()
                self._begin_anew(step, ground)
        else:
            self.agreed = 0
            if plausible:
                self.s = max(self.s, self.at)

    def _turn(self) -> None:
        self.state, self.agreed = State.TURNED_BACK.value, 0
        self.s = self.low = self.at

    def _begin_anew(self, step: _Step, ground: Ground) -> None:
        """Who came in along the end of the line, and leaves along its start, only begins now."""
        rules = ground.rules
        if not self.joined or self.at < float(ground.lines.length[step.fix.line]) - rules.start:
            return
        offset = self.offset
        place, on = self._find(step, ground, 0.0, rules.start, (0.0, _START_PULL))
        if on and place.along > 0.0:
            self.s = self.at = self.low = place.s
            self.joined = False
        else:
            self.offset = offset

    def _go_back(self, rules: Rules, *, plausible: bool) -> None:
        """Progress goes with the vehicle until that drives forwards again."""
        if not plausible:
            return
        self.s, self.low = self.at, min(self.low, self.at)
        if self.at >= self.low + rules.forward:
            self.state, self.low = State.ON.value, nan

    def _return(self, place: Place, step: _Step, ground: Ground) -> None:
        """It was off its route, and is in the corridor."""
        time, rules = step.fix.time, ground.rules
        if abs(place.offset) > rules.back_share * float(ground.lines.corridor[step.fix.line]):
            self.at, self.back_since = self.s, nan
            return
        if isnan(self.back_since):
            self.back_since = time
        if time - self.back_since >= rules.back_time:
            self._stay()
            self.seen, self.state = time, State.ON.value
            if self.s - self.at > rules.turned:
                self._turn()
            else:
                self.s = max(self.s, self.at)

    def _stray(self, step: _Step, ground: Ground) -> None:
        """The fix lies beyond the corridor."""
        fix, rules = step.fix, ground.rules
        if self.state == State.OFF:
            self.at, self.back_since = self.s, nan
            return
        if fix.inside or is_at_an_end(fix, ground):
            self.off_fixes, self.off_since = 0, nan
            return
        if not self.off_fixes or step.dt > rules.gap:
            self.off_fixes, self.off_since = 1, fix.time
            self.off_way = self.off_moved = 0.0
            return
        self.off_fixes += 1
        self.off_way += step.way
        long = fix.time - self.off_since >= rules.off_time and self.off_way >= rules.off_way
        if long and self.off_fixes >= rules.off_fixes:
            self.state, self.agreed = State.OFF.value, 0
            self.at, self.low = self.s, nan
            self.away += self.off_moved

    # What it does with its time.

    def _move(self, step: _Step, gained: float, ground: Ground) -> None:
        """Count the time since the fix before."""
        fix, rules = step.fix, ground.rules
        known = not isnan(fix.speed)
        slow = fix.speed <= rules.slow if known else step.way <= rules.slow * step.dt + fix.sigma
        if slow and self._is_where_it_stood(fix, rules):
            self._stand(step, ground)
            return
        short = self.counted if self.time - self.stand_since < rules.stop else 0.0
        if step.dt > rules.gap:
            self.moved += short
            self._fall_silent(step, gained, rules)
        elif step.dt > 0.0:  # not of the first fix
            self._drive(step, short)
        self.stand_since, self.stand_lon, self.stand_lat = (
            (fix.time, fix.lon, fix.lat) if slow else (nan, nan, nan)
        )
        self.counted, self.rests = 0.0, False

    def _is_where_it_stood(self, fix: Fix, rules: Rules) -> bool:
        x = half_turn(fix.lon - self.stand_lon) * fix.kx
        y = (fix.lat - self.stand_lat) * fix.ky
        return sqrt(x * x + y * y) <= rules.spread  # NaN: it stood nowhere

    def _drive(self, step: _Step, short: float) -> None:
        """Driving, and the short standstill before it."""
        self.moved += step.dt + short
        self.driven += step.dt + short
        if self.state == State.OFF:
            self.away += step.dt
        elif self.off_since < step.fix.time:
            self.off_moved += step.dt

    def _stand(self, step: _Step, ground: Ground) -> None:
        rules, dt = ground.rules, step.dt
        before, now = self.time - self.stand_since, step.fix.time - self.stand_since
        counts = not ground.halts.is_near(self.trip, self.at, rules.halt)
        self.counted += dt if counts else 0.0
        if before < rules.stop <= now:
            self.standing += self.counted
        elif counts and now >= rules.stop:
            self.standing += dt
        if before < rules.rest <= now:
            if self.driven >= rules.drive:
                self.rests = True
                self.resting += self.counted
            self.driven = 0.0
        elif counts and self.rests:
            self.resting += dt

    def _fall_silent(self, step: _Step, gained: float, rules: Rules) -> None:
        """A gap: what the way needs was driven, nobody knows what the rest was."""
        way = max(step.way, gained) if gained == gained else step.way  # noqa: PLR0124 - NaN
        need = min(step.dt, way / max(self.pace, rules.cruise))
        self.silent += step.dt - need
        self.moved += need
        self.driven = 0.0 if step.dt - need >= rules.unseen_rest else self.driven + need


_columns = attrgetter(*Vehicle.__slots__)

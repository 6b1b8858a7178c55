"""The ignition: standing is what an engine says that is off, in the order of its own words."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import orjson
import pytest
from shapely import Point

import store
from fleet.fences import Role, ShapeKind
from fleet.records import FixBatch, Frame
from fleet.wire import Kind
from gateway import memory, repair
from gateway.assemble import assemble
from gateway.ignition import Said, take
from gateway.nmea import Rules as DecodeRules
from gateway.pipeline import Rules
from gateway.screen import AgeRules
from gateway.writer import Writer
from geofence import outline, shapes
from store import database, fences
from tests.factories import MORNING, epoch, frame, world
from tests.fleet_day import AT_ONCE, said

MakeWriter = Callable[..., Writer]
Ask = Callable[..., list[tuple[Any, ...]]]

NODES = (
    "SELECT kind, extract(epoch FROM stopped_at)::float8 - 1772352000, "
    "extract(epoch FROM confirmed_at)::float8 - 1772352000 FROM node WHERE latest AND valid "
    "ORDER BY actual_at"
)


def word(at: float, *, off: bool, received: float | None = None) -> Frame:
    """An ignition's word."""
    body = {"time": MORNING + at, "kind": "ignition", "value": not off}
    return frame("d0", orjson.dumps(body), received or MORNING + at + 0.2, Kind.EVENT)


def fix(at: float, *, speed: float = 0.5) -> Frame:
    """A fix inside the fence, by a receiver that wanders too fast to be at rest by itself."""
    return frame("d0", epoch(MORNING + at, 114.3, 30.6, speed=speed), MORNING + at + 0.2)


@pytest.fixture
def fenced(fleet_url: str) -> None:
    """A yard that has to be stood in for an arrival."""
    circle = outline.encode(ShapeKind.CIRCLE, Point(114.3, 30.6), 300.0)
    terms = shapes.terms(circle, Role.CUSTOMS)
    box, centre = outline.box(circle, terms.margin), outline.centre(circle)
    draft = fences.Draft("YARD", "场", "Yard", None, None, terms, box, centre)
    conn = database.connect(store.Database(fleet_url), application="test")
    fences.add_fence(conn, draft, said(0.0))
    conn.close()


def write(writer: Writer, frames: list[Frame]) -> None:
    writer.write(frames, FixBatch.empty(), 0)


@pytest.mark.db
@pytest.mark.usefixtures("fenced")
def test_a_vehicle_whose_engine_is_off_stands_at_once(make_writer: MakeWriter, rows: Ask) -> None:
    """Three fixes far apart in time and place are no standstill by themselves."""
    writer = make_writer()
    places = (114.3, 114.3006, 114.3012)
    frames = [
        frame("d0", epoch(MORNING + at, lon, 30.6, speed=0.5), MORNING + at + 0.2)
        for at, lon in zip((0, 100, 200), places, strict=True)
    ]
    write(writer, frames)
    assert rows(NODES) == []
    write(writer, [word(200, off=True), *frames[2:]])
    assert rows(NODES) == []  # it was said after that fix had been judged: late, so a repair
    assert repair.refold(writer, Rules(), AT_ONCE, writer._metrics)  # noqa: SLF001 - as the service does
    assert rows(NODES) == [("arrived", 200.0, 200.0)]


@pytest.mark.db
@pytest.mark.usefixtures("fenced")
def test_words_and_fixes_in_any_order_give_the_same_nodes(
    make_writer: MakeWriter, rows: Ask
) -> None:
    frames = [fix(0), fix(130), word(60, off=True), word(140, off=False), fix(300)]
    found = set()
    for order in permutations(frames):
        writer = make_writer()
        for each in order:
            write(writer, [each])
        while repair.refold(writer, Rules(), AT_ONCE, writer._metrics):  # noqa: SLF001 - likewise
            pass
        found.add(tuple(rows(NODES)))
        writer.close()
        rows(
            "WITH n AS (DELETE FROM node), v AS (DELETE FROM visit), f AS (DELETE FROM fix), "
            "e AS (DELETE FROM device_event), c AS (DELETE FROM checkpoint), "
            "m AS (DELETE FROM vehicle_memory) SELECT 1"
        )
    assert len(found) == 1
    [(arrived,)] = found
    assert arrived[0] == "arrived"


@pytest.mark.db
@pytest.mark.parametrize("first", [True, False])
def test_of_two_words_of_one_instant_off_stays_whichever_came_first(
    make_writer: MakeWriter, rows: Ask, *, first: bool
) -> None:
    writer = make_writer()
    for off in (first, not first):
        write(writer, [word(0, off=off)])
    assert rows("SELECT value FROM device_event") == [(False,)]


def test_words_of_a_wrong_clock_are_kept_and_not_gone_by() -> None:
    rules, known = AgeRules(), world(["d0"])
    frames = [
        word(0, off=True),
        word(1000, off=True, received=MORNING),
        word(0, off=True, received=MORNING + rules.repair + 1),
    ]
    events = assemble(frames, known, {}, DecodeRules(), rules).events
    assert len(events) == 3
    taken, late = take(events, memory.blank(1).screen, known, rules)
    assert (taken.time.tolist(), late) == ([MORNING], ())


def test_a_word_that_is_not_newer_than_what_has_been_gone_past_is_late() -> None:
    rules, known, before = AgeRules(), world(["d0"]), memory.blank(1).screen
    before["seen"], before["ignition_time"] = MORNING + 10, MORNING + 20
    words = [word(at, off=True) for at in (5, 10, 20, 21)]
    events = assemble(words, known, {}, DecodeRules(), rules).events
    taken, late = take(events, before, known, rules)
    assert (taken.time.tolist(), late) == ([MORNING + 21], (0, 1, 2))


def test_nobody_said_anything() -> None:
    nothing = Said.of(())
    assert nothing.vehicle.dtype == np.int32
    assert len(nothing.time) == 0

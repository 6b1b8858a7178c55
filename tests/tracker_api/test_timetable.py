"""Planned stops in a person's words: what they leave out, and what cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fleet.errors import Invalid
from fleet.trip_views import Route, RouteStop
from fleet.views import Site
from tracker_api.timetable import check_offsets, on_route, placed, stops_of
from tracker_api.trip_bodies import RouteStopIn, StopIn

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SITE = Site("SHA-1", "上海", "Shanghai", "Asia/Shanghai", 121.47, 31.23)


def hours(count: float) -> datetime:
    return NOON + timedelta(hours=count)


def said(*stops: dict[str, Any]) -> list[StopIn]:
    return [StopIn.model_validate({"site": "SHA-1"} | stop) for stop in stops]


GO, COME = {"depart_at": hours(0)}, {"arrive_at": hours(5)}


def test_what_is_not_said_of_a_stop_takes_the_ordinary_terms() -> None:
    first, last = stops_of(said(GO, COME))
    assert (first.arrive_at, first.depart_at, first.opens_at) == (None, NOON, None)
    assert (last.opens_at, last.closes_at) == (hours(5), hours(5))
    assert (last.service, last.early, last.late, last.via) == (0, 1800, 900, False)
    assert [stop.s for stop in placed((first, last), [1.0, 2.0])] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("stop", "window"),
    [
        ({"arrive_at": hours(5), "opens_at": hours(4)}, (4, 5)),
        ({"arrive_at": hours(5), "opens_at": hours(6)}, (6, 6)),
        ({"arrive_at": hours(5), "closes_at": hours(6)}, (5, 6)),
        ({"arrive_at": hours(5), "closes_at": hours(4)}, (4, 4)),
        ({"closes_at": hours(4)}, (4, 4)),
        ({"opens_at": hours(4), "closes_at": hours(6)}, (4, 6)),
    ],
)
def test_an_end_of_a_window_that_is_not_said_is_the_arrival_or_the_other_end(
    stop: dict[str, Any], window: tuple[float, float]
) -> None:
    last = stops_of(said(GO, stop))[1]
    assert (last.opens_at, last.closes_at) == tuple(map(hours, window))


def test_a_time_without_an_offset_is_utc() -> None:
    first, _ = stops_of(said({"depart_at": "2026-05-04T12:00:00"}, COME))
    assert first.depart_at == NOON


@pytest.mark.parametrize(
    ("stops", "where"),
    [
        (({}, COME), "/stops/0/depart_at"),
        ((GO, {}), "/stops/1/arrive_at"),
        ((GO, {"arrive_at": hours(-1)}), "/stops/1/arrive_at"),
        (({"arrive_at": hours(1), "depart_at": NOON}, COME), "/stops/0/depart_at"),
        ((GO, {"depart_at": hours(6)}, COME), "/stops/2/arrive_at"),
        ((GO, COME | {"opens_at": hours(7), "closes_at": hours(6)}), "/stops/1/closes_at"),
        ((GO, {"arrive_at": hours(24 * 32)}), "/stops/1/arrive_at"),
        ((GO, {"arrive_at": "1970-01-01T00:00:00Z"}), "/stops/1/arrive_at"),
        ((GO, {"closes_at": hours(-1)}), "/stops/1/closes_at"),
        ((GO, {"closes_at": hours(24 * 32)}), "/stops/1/closes_at"),
        ((GO | {"opens_at": hours(-24 * 32), "closes_at": NOON}, COME), "/stops/0/opens_at"),
        ((GO, {"closes_at": hours(24 * 32)}, COME), "/stops/1/closes_at"),
        ((GO | {"via": True}, COME), "/stops/0/via"),
        ((GO, COME | {"via": True}), "/stops/1/via"),
    ],
)
def test_stops_that_cannot_be_are_refused_with_their_place(
    stops: tuple[dict[str, Any], ...], where: str
) -> None:
    with pytest.raises(Invalid) as refused:
        stops_of(said(*stops))
    assert refused.value.where == where


def route(*stops: tuple[float | None, float | None]) -> Route:
    halts = tuple(
        RouteStop(number, SITE, 1e3 * number, arrive, depart, 600.0, 60.0, 90.0, via=False)
        for number, (arrive, depart) in enumerate(stops)
    )
    return Route(
        code="R1",
        name_zh="路",
        name_en="Way",
        strict=True,
        length=2e3,
        corridor=500.0,
        source="geojson",
        line=(),
        stops=halts,
        author="li.na",
        changed_at=NOON,
    )


def test_on_a_route_the_times_follow_from_the_start() -> None:
    first, middle, last = on_route(route((None, None), (3600, 5400), (7200, None)), NOON)
    assert (first.depart_at, first.arrive_at, first.s) == (NOON, None, 0)
    assert (middle.arrive_at, middle.depart_at) == (hours(1), hours(1.5))
    assert (middle.opens_at, middle.closes_at) == (hours(1), hours(1))
    assert (last.arrive_at, last.depart_at, last.s) == (hours(2), None, 2e3)
    assert (last.service, last.early, last.late) == (600, 60, 90)


def test_a_route_may_begin_with_loading() -> None:
    first, _ = on_route(route((0, 1800), (7200, None)), NOON)
    assert (first.arrive_at, first.depart_at) == (NOON, hours(0.5))


def test_a_route_without_times_plans_no_trip() -> None:
    with pytest.raises(Invalid, match="give `stops`") as refused:
        on_route(route((None, 0), (None, None)), NOON)
    assert refused.value.where == "/starts_at"


def test_times_of_a_route_do_not_fall() -> None:
    def halts(*times: dict[str, Any]) -> list[RouteStopIn]:
        return [RouteStopIn.model_validate({"site": "SHA-1"} | time) for time in times]

    check_offsets(halts({}, {"arrive_s": 5, "depart_s": 5}, {}, {"arrive_s": 7}))
    for times, where in (
        (({"depart_s": 9}, {"arrive_s": 5}), "/stops/1/arrive_s"),
        (({}, {"arrive_s": 5, "depart_s": 4}), "/stops/1/depart_s"),
        (({"via": True}, {}), "/stops/0/via"),
    ):
        with pytest.raises(Invalid) as refused:
            check_offsets(halts(*times))
        assert refused.value.where == where


def test_the_stops_are_not_changed_by_being_placed() -> None:
    stops = stops_of(said(GO, COME))
    again = placed(stops, [0.0, 9.0])
    assert [replace(stop, s=None) for stop in again] == list(stops)

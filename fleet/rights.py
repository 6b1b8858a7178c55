"""Who may see and do what: the roles of the trade, and two tables that say it all.

``SEES`` says how much of each kind of fact a role sees, ``MAY`` which acts it may take.  What
is not in a table is denied.  A person has one role; an API key has a role, and may be cut down
to fewer acts.  The tables are data, so that a test walks through every cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody does here."""

    OWNER = "owner"  #: runs the installation: the local operator and who holds its token
    DISPATCHER = "dispatcher"
    CS_AGENT = "cs_agent"  #: customer service
    CS_LEAD = "cs_lead"
    EXCEPTION_HANDLER = "exception_handler"
    WAREHOUSE = "warehouse"  #: of some sites
    DATA_ADMIN = "data_admin"
    IT_ADMIN = "it_admin"
    QA = "qa"  #: judges how calls and exceptions were handled
    DRIVER = "driver"
    CUSTOMER = "customer"  #: of some parties, signed in
    PARTNER = "partner"  #: a carrier: of some parties
    SHARE = "share"  #: whoever holds the link of one waybill


class Datum(StrEnum):
    """A kind of fact."""

    POSITION = "position"  #: where a vehicle is now
    TRACK = "track"  #: where it has been
    DRIVER = "driver"  #: name and telephone
    PLATE = "plate"
    ESTIMATE = "estimate"  #: estimate, risk and cause
    LOG = "log"  #: queries of customers, and exceptions
    EXPORT = "export"


class Grant(StrEnum):
    """How much of it."""

    NONE = "none"
    ALL = "all"
    OWN = "own"  #: of one's own waybills, trip or queries
    ACTIVE = "active"  #: of vehicles on a trip whose tracking window is open
    TRIP = "trip"  #: within the trip, until 30 days after
    INBOUND = "inbound"  #: of what comes to one's own sites, when at most 50 km away
    LEGS = "legs"  #: of the legs that one's own vehicles carry
    COARSE = "coarse"  #: on a grid of 5 km, at least 10 minutes old; exact when near
    RIDE = "ride"  #: while the waybill was aboard, simplified
    MASKED = "masked"  #: shown in full on demand, which is audited
    TAIL = "tail"  #: the last three characters
    PLAIN = "plain"  #: the time, and the cause in plain words
    READ = "read"
    METRICS = "metrics"


class Right(StrEnum):
    """An act; every endpoint names the one it needs."""

    LOOK_VEHICLES = "look_vehicles"  #: live map, vehicles, tracks, visits, nodes of vehicles
    LOOK_TRIPS = "look_trips"
    LOOK_PLACES = "look_places"  #: sites, fences, routes
    LOOK_WAYBILLS = "look_waybills"  #: lists and single ones, where-is
    LOOK_ACCURACY = "look_accuracy"
    LOOK_DEVICES = "look_devices"  #: devices, dead letters
    LOOK_ALERTS = "look_alerts"
    LOOK_QUERIES = "look_queries"
    LOOK_EXCEPTIONS = "look_exceptions"
    LOOK_NOTICES = "look_notices"  #: rules, channels without secrets, the log of deliveries
    LOOK_AUDIT = "look_audit"
    EDIT_NODES = "edit_nodes"
    EDIT_PLACES = "edit_places"
    EDIT_TRIPS = "edit_trips"
    EDIT_WAYBILLS = "edit_waybills"
    EDIT_DEVICES = "edit_devices"  #: devices, vehicles, bindings, commands, re-injection
    EDIT_RULES = "edit_rules"  #: limits of detectors, notice rules, channels
    EDIT_PEOPLE = "edit_people"  #: users, keys
    SCAN = "scan"  #: goods in and out, proof of delivery
    ANSWER = "answer"  #: take queries, reply
    ASSIGN_QUERIES = "assign_queries"
    SHARE = "share"  #: make and revoke links
    MESSAGE = "message"  #: write to drivers, say how often their terminals report
    WORK_ALERTS = "work_alerts"
    RAISE_EXCEPTION = "raise_exception"
    WORK_EXCEPTIONS = "work_exceptions"
    REVEAL = "reveal"  #: a masked name or number, audited
    EXPORT = "export"
    LOOK_PRIVATE = "look_private"  #: where a private vehicle was between its trips, audited
    EDIT_PRIVACY = "edit_privacy"  #: private vehicles, a person's data, legal holds


_D, _G, _R = Datum, Grant, Right


def _row(*grants: Grant) -> Mapping[Datum, Grant]:
    return MappingProxyType(dict(zip(Datum, grants, strict=True)))


#: Columns as ``Datum``: position, track, driver, plate, estimate, log, export.
SEES: Mapping[Role, Mapping[Datum, Grant]] = MappingProxyType(
    {
        Role.OWNER: _row(_G.ALL, _G.ALL, _G.ALL, _G.ALL, _G.ALL, _G.ALL, _G.ALL),
        Role.DISPATCHER: _row(_G.ALL, _G.ALL, _G.ALL, _G.ALL, _G.ALL, _G.READ, _G.ALL),
        Role.CS_AGENT: _row(_G.ACTIVE, _G.TRIP, _G.MASKED, _G.ALL, _G.ALL, _G.OWN, _G.NONE),
        Role.CS_LEAD: _row(_G.ACTIVE, _G.TRIP, _G.MASKED, _G.ALL, _G.ALL, _G.ALL, _G.ALL),
        Role.EXCEPTION_HANDLER: _row(
            _G.ACTIVE, _G.TRIP, _G.MASKED, _G.ALL, _G.ALL, _G.ALL, _G.NONE
        ),
        Role.WAREHOUSE: _row(_G.INBOUND, _G.NONE, _G.NONE, _G.ALL, _G.INBOUND, _G.NONE, _G.NONE),
        Role.DATA_ADMIN: _row(_G.NONE, _G.NONE, _G.NONE, _G.ALL, _G.ALL, _G.READ, _G.ALL),
        Role.IT_ADMIN: _row(_G.NONE, _G.NONE, _G.NONE, _G.ALL, _G.NONE, _G.NONE, _G.NONE),
        Role.QA: _row(_G.NONE, _G.NONE, _G.NONE, _G.ALL, _G.ALL, _G.READ, _G.METRICS),
        Role.DRIVER: _row(_G.OWN, _G.OWN, _G.OWN, _G.OWN, _G.OWN, _G.NONE, _G.NONE),
        Role.CUSTOMER: _row(_G.COARSE, _G.RIDE, _G.NONE, _G.TAIL, _G.PLAIN, _G.OWN, _G.OWN),
        Role.PARTNER: _row(_G.LEGS, _G.LEGS, _G.NONE, _G.ALL, _G.LEGS, _G.NONE, _G.NONE),
        Role.SHARE: _row(_G.COARSE, _G.NONE, _G.NONE, _G.TAIL, _G.PLAIN, _G.NONE, _G.NONE),
    }
)

_LOOK = frozenset(
    {_R.LOOK_VEHICLES, _R.LOOK_TRIPS, _R.LOOK_PLACES, _R.LOOK_WAYBILLS, _R.LOOK_ALERTS}
)
_SERVICE = _LOOK | {
    _R.LOOK_QUERIES, _R.LOOK_EXCEPTIONS, _R.ANSWER, _R.SHARE, _R.RAISE_EXCEPTION, _R.REVEAL,
    _R.LOOK_NOTICES,
}  # fmt: skip

#: What each role may do.
MAY: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.OWNER: frozenset(Right),
        Role.DISPATCHER: _LOOK
        | {
            _R.LOOK_ACCURACY, _R.LOOK_DEVICES, _R.LOOK_QUERIES, _R.LOOK_EXCEPTIONS,
            _R.LOOK_NOTICES, _R.EDIT_NODES, _R.EDIT_PLACES, _R.EDIT_TRIPS, _R.EDIT_WAYBILLS,
            _R.SCAN, _R.ANSWER, _R.SHARE, _R.MESSAGE, _R.WORK_ALERTS, _R.RAISE_EXCEPTION,
            _R.EXPORT,
        },
        Role.CS_AGENT: _SERVICE,
        Role.CS_LEAD: _SERVICE
        | {_R.LOOK_ACCURACY, _R.EDIT_WAYBILLS, _R.ASSIGN_QUERIES, _R.WORK_ALERTS,
           _R.WORK_EXCEPTIONS, _R.EDIT_RULES, _R.EXPORT},
        Role.EXCEPTION_HANDLER: _LOOK
        | {_R.LOOK_QUERIES, _R.LOOK_EXCEPTIONS, _R.LOOK_NOTICES, _R.WORK_ALERTS,
           _R.RAISE_EXCEPTION, _R.WORK_EXCEPTIONS, _R.REVEAL},
        Role.WAREHOUSE: frozenset(
            {_R.LOOK_VEHICLES, _R.LOOK_TRIPS, _R.LOOK_PLACES, _R.LOOK_WAYBILLS, _R.SCAN,
             _R.RAISE_EXCEPTION}
        ),
        Role.DATA_ADMIN: frozenset(
            {_R.LOOK_TRIPS, _R.LOOK_PLACES, _R.LOOK_WAYBILLS, _R.LOOK_ACCURACY, _R.LOOK_QUERIES,
             _R.LOOK_EXCEPTIONS, _R.LOOK_NOTICES, _R.EXPORT}
        ),
        Role.IT_ADMIN: frozenset(
            {_R.LOOK_PLACES, _R.LOOK_DEVICES, _R.LOOK_NOTICES, _R.LOOK_AUDIT, _R.EDIT_DEVICES,
             _R.EDIT_RULES, _R.EDIT_PEOPLE}
        ),
        Role.QA: frozenset(
            {_R.LOOK_TRIPS, _R.LOOK_PLACES, _R.LOOK_WAYBILLS, _R.LOOK_ACCURACY, _R.LOOK_QUERIES,
             _R.LOOK_EXCEPTIONS, _R.LOOK_AUDIT}
        ),
        Role.DRIVER: frozenset({_R.LOOK_VEHICLES, _R.LOOK_TRIPS, _R.LOOK_PLACES}),
        Role.CUSTOMER: frozenset({_R.LOOK_WAYBILLS, _R.LOOK_QUERIES, _R.SHARE}),
        Role.PARTNER: frozenset(
            {_R.LOOK_VEHICLES, _R.LOOK_TRIPS, _R.LOOK_PLACES, _R.LOOK_WAYBILLS}
        ),
        Role.SHARE: frozenset(),
    }
)  # fmt: skip

#: Limits of what is seen; domain rules.
INBOUND_REACH = 50_000.0  #: m from the site
TRIP_AFTER = 30 * 86_400.0  #: s after a trip in which its track is shown to customer service
TRACK_KEPT = 183 * 86_400.0  #: s of track that a dispatcher sees
GRID = 5_000.0  #: m; coarse positions are snapped to it
COARSE_AGE = 600.0  #: s that a coarse position is at least old
NEAR_STOPS, NEAR_REACH, NEAR_TIME = 3, 10_000.0, 3600.0  #: stops left, m, s to this consignee

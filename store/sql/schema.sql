-- What the database is.  How it got there: migrations/, which a test proves equal to this.
-- Instants are UTC.  Units are SI; degrees are WGS 84.  Integer keys never leave the store.

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE installation (
    one            boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch          uuid   NOT NULL DEFAULT gen_random_uuid(),
    world_revision bigint NOT NULL DEFAULT 1,
    feed_floor     bigint NOT NULL DEFAULT 0,
    zone           text   NOT NULL DEFAULT 'UTC',
    fence_revision bigint NOT NULL DEFAULT 0,
    trip_revision  bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE installation IS 'One row: what there is one of per installation.';
COMMENT ON COLUMN installation.epoch IS 'Part of every cursor; a restore renews it, so that old cursors are refused.';
COMMENT ON COLUMN installation.world_revision IS 'Rises with every edit of devices, vehicles, bindings, fences; a commit checks it.';
COMMENT ON COLUMN installation.feed_floor IS 'Highest change number that was removed; cursors below it have missed something.';
COMMENT ON COLUMN installation.zone IS 'IANA zone for calendar rules that no site decides.';
COMMENT ON COLUMN installation.fence_revision IS 'Rises with every edit of a fence; readers fetch the versions touched since.';
COMMENT ON COLUMN installation.trip_revision IS 'Rises with every edit of a trip; readers fetch the trips touched since.';
INSERT INTO installation DEFAULT VALUES;

CREATE TABLE party (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code    text NOT NULL UNIQUE,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    short   text UNIQUE CHECK (short ~ '^[A-Z]{2,4}$')
);
COMMENT ON COLUMN party.short IS 'What its waybill numbers begin with; NULL: it has none of its own.';
COMMENT ON TABLE party IS 'Companies: customers, carriers, the operator itself.  Scopes are sets of parties.';

CREATE TABLE site (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code    text NOT NULL UNIQUE,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    zone    text NOT NULL,
    lon     double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    lat     double precision NOT NULL CHECK (lat BETWEEN -90 AND 90)
);
COMMENT ON TABLE site IS 'Places of business; fences belong to sites.';
COMMENT ON COLUMN site.zone IS 'IANA zone of its clocks.';

CREATE TABLE vehicle (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plate      text NOT NULL UNIQUE,
    party_id   integer REFERENCES party,
    created_at timestamptz NOT NULL DEFAULT now(),
    private    boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN vehicle.private IS 'Off its trips it is driven privately: where it is then is hidden, and soon forgotten.';
COMMENT ON COLUMN vehicle.party_id IS 'Whose vehicle it is; NULL is seen only by an unrestricted scope.';

CREATE TABLE device (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_-]{1,64}$'),
    credential text,
    created_at timestamptz NOT NULL DEFAULT now(),
    pbkdf2          text,
    next_credential text,
    next_pbkdf2     text,
    next_from       timestamptz,
    revoked_at      timestamptz
);
COMMENT ON COLUMN device.code IS 'The terminal''s own identity and MQTT user name.';
COMMENT ON COLUMN device.credential IS 'bcrypt hash of its MQTT password; NULL cannot connect to the embedded broker.';

CREATE TABLE binding (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device_id  integer NOT NULL REFERENCES device,
    vehicle_id integer NOT NULL REFERENCES vehicle,
    is_primary boolean NOT NULL DEFAULT true,
    valid_from timestamptz NOT NULL,
    valid_to   timestamptz NOT NULL DEFAULT 'infinity',
    CHECK (valid_from < valid_to),
    CONSTRAINT device_in_one_vehicle EXCLUDE USING gist
        (device_id WITH =, tstzrange(valid_from, valid_to) WITH &&),
    CONSTRAINT vehicle_has_one_primary EXCLUDE USING gist
        (vehicle_id WITH =, tstzrange(valid_from, valid_to) WITH &&) WHERE (is_primary)
);
COMMENT ON TABLE binding IS 'Which device was in which vehicle, [valid_from, valid_to).';
COMMENT ON COLUMN binding.is_primary IS 'The primary device drives the engines; a phone beside it does not.';

CREATE TABLE vehicle_group (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL UNIQUE,
    name_zh    text NOT NULL,
    name_en    text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE vehicle_group IS 'Vehicles that people look at together: a depot''s, the reefers, a contract''s.  They give no rights.';

CREATE TABLE vehicle_grouping (
    group_id   integer NOT NULL REFERENCES vehicle_group ON DELETE CASCADE,
    vehicle_id integer NOT NULL REFERENCES vehicle,
    PRIMARY KEY (group_id, vehicle_id)
);
CREATE INDEX vehicle_grouping_vehicle ON vehicle_grouping (vehicle_id);
COMMENT ON TABLE vehicle_grouping IS 'Which vehicles are in which groups now; a vehicle may be in several.';

CREATE TABLE fix (
    time        timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    lat         double precision NOT NULL,
    lon         double precision NOT NULL,
    device_id   integer NOT NULL,
    altitude    real,
    speed       real,
    course      real,
    hdop        real,
    satellites  smallint,
    grade       smallint NOT NULL,
    flags       smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (device_id, time)
) PARTITION BY RANGE (time);
COMMENT ON TABLE fix IS 'Every believed or doubted position.  The vehicle follows from the binding valid at its time.';
COMMENT ON COLUMN fix.time IS 'The device''s clock, whole milliseconds.';
COMMENT ON COLUMN fix.altitude IS 'm above mean sea level; NULL unknown, as in every column below.';
COMMENT ON COLUMN fix.speed IS 'm/s over ground.';
COMMENT ON COLUMN fix.course IS 'Degrees clockwise from true north.';
COMMENT ON COLUMN fix.grade IS '0 A, 1 B, 2 C, 3 X: fleet.records.Grade.';
COMMENT ON COLUMN fix.flags IS 'Bits: fleet.records.Flag.';
CREATE INDEX fix_time_brin ON fix USING brin (time) WITH (pages_per_range = 32, autosummarize = on);

CREATE TABLE fix_conflict (
    time        timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    lat         double precision NOT NULL,
    lon         double precision NOT NULL,
    device_id   integer NOT NULL,
    altitude    real,
    speed       real,
    course      real,
    hdop        real,
    satellites  smallint,
    grade       smallint NOT NULL,
    flags       smallint NOT NULL DEFAULT 0,
    CONSTRAINT fix_conflict_once UNIQUE NULLS NOT DISTINCT
        (device_id, time, lat, lon, altitude, speed, course, hdop, satellites, grade)
);
COMMENT ON TABLE fix_conflict IS 'Fixes that lost against another position of the same device and time.';

CREATE TABLE vehicle_state (
    vehicle_id  integer PRIMARY KEY REFERENCES vehicle,
    revision    bigint NOT NULL DEFAULT 0,
    device_id   integer,
    time        timestamptz,
    received_at timestamptz,
    lat         double precision,
    lon         double precision,
    altitude    real,
    speed       real,
    course      real,
    hdop        real,
    satellites  smallint,
    grade       smallint,
    flags       smallint
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE vehicle_state IS 'The newest believed fix of each vehicle.  No index but the key, so that updates stay HOT.';
COMMENT ON COLUMN vehicle_state.revision IS 'Rises with every commit that touches the vehicle; a commit of another revision is folded again.';
COMMENT ON COLUMN vehicle_state.time IS 'NULL until the first believed fix.';

CREATE TABLE vehicle_memory (
    vehicle_id integer PRIMARY KEY REFERENCES vehicle,
    revision   bigint   NOT NULL,
    format     smallint NOT NULL,
    body       bytea    NOT NULL
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE vehicle_memory IS 'What the engines remember of a vehicle; an unknown format means fold again.';

CREATE TABLE checkpoint (
    vehicle_id integer     NOT NULL REFERENCES vehicle,
    time       timestamptz NOT NULL,
    format     smallint    NOT NULL,
    body       bytea       NOT NULL,
    PRIMARY KEY (vehicle_id, time)
);
COMMENT ON TABLE checkpoint IS 'The memory as it was after the fix of that time; kept at least 72 h.';

CREATE TABLE device_stream (
    device_id  integer PRIMARY KEY REFERENCES device,
    carried    bytea       NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE device_stream IS 'Bytes of a torn stream that wait for their other half.';

CREATE TABLE device_link (
    device_id integer PRIMARY KEY REFERENCES device,
    online    boolean     NOT NULL,
    time      timestamptz NOT NULL,
    reason    text        NOT NULL,
    since     timestamptz
) WITH (fillfactor = 60);
COMMENT ON TABLE device_link IS 'Newest status message of each device, by the device''s clock.';
COMMENT ON COLUMN device_link.time IS 'By the device''s clock; a last will carries the time its connection began.';
COMMENT ON COLUMN device_link.since IS 'What to show: a last will happened when it arrived, not when it was written.';

CREATE TABLE device_event (
    device_id   integer     NOT NULL REFERENCES device,
    time        timestamptz NOT NULL,
    kind        text        NOT NULL,
    value       jsonb       NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (device_id, time, kind)
);

CREATE TABLE command (
    id           uuid PRIMARY KEY,
    device_id    integer     NOT NULL REFERENCES device,
    kind         text        NOT NULL,
    body         jsonb       NOT NULL,
    requested_by text        NOT NULL,
    requested_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    sent_at      timestamptz,
    acked_at     timestamptz,
    ok           boolean,
    detail       text
);
CREATE INDEX command_open ON command (requested_at) WHERE sent_at IS NULL;
CREATE INDEX command_device ON command (device_id, requested_at DESC);
COMMENT ON TABLE command IS 'Orders to devices, written by the API, published QoS 1 by the gateway.';

CREATE TABLE dead_letter (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest        bytea       NOT NULL UNIQUE,
    received_at   timestamptz NOT NULL,
    device        text        NOT NULL,
    kind          text        NOT NULL,
    reason        text        NOT NULL,
    detail        text        NOT NULL DEFAULT '',
    raw           bytea       NOT NULL,
    parts         integer     NOT NULL DEFAULT 1,
    reinjected_at timestamptz
);
CREATE INDEX dead_letter_device ON dead_letter (device, reason) WHERE reinjected_at IS NULL;
COMMENT ON TABLE dead_letter IS 'Input that became no fix, whole, with the reason.';
COMMENT ON COLUMN dead_letter.digest IS 'SHA-256 over device, kind, reason and raw: a redelivery is not a second letter.';
COMMENT ON COLUMN dead_letter.parts IS 'How many parts of the payload (epochs, stretches) ended here.';
COMMENT ON COLUMN dead_letter.device IS 'Device part of the topic, as sent; the device need not exist.';

CREATE TABLE reinject (
    dead_letter_id bigint PRIMARY KEY REFERENCES dead_letter ON DELETE CASCADE,
    requested_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE reinject IS 'Dead letters that the gateway shall take in again with its next batch.';

CREATE TABLE refold (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vehicle_id   integer     NOT NULL REFERENCES vehicle,
    from_time    timestamptz NOT NULL,
    reason       text        NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE refold IS 'Vehicles whose past has changed; the gateway folds them again from that time.';

CREATE TABLE change (
    id       bigint PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    kind     text        NOT NULL,
    vehicles integer[]   NOT NULL DEFAULT '{}',
    body     jsonb
);
COMMENT ON TABLE change IS 'The feed.  Numbers are drawn under one lock as a transaction''s last act, so they commit in order.';
COMMENT ON COLUMN change.kind IS 'positions: look at these vehicles'' states; node: the version of a node with this change number; world: devices, vehicles, sites, bindings or fences were edited; command: look at open commands.';
CREATE SEQUENCE change_number OWNED BY change.id;

CREATE FUNCTION ring(change_kind text, change_vehicles integer[], change_body jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7305816211);
    number := nextval('change_number');
    INSERT INTO change (id, kind, vehicles, body) VALUES (number, change_kind, change_vehicles, change_body);
    PERFORM pg_notify('milepost', number::text);
    RETURN number;
END
$$;
COMMENT ON FUNCTION ring IS 'Appends to the feed and rings the bell; the last act of a transaction, since it holds the feed''s lock until the end.';

CREATE TABLE fence (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL UNIQUE,
    site_id    integer NOT NULL REFERENCES site,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fence_site ON fence (site_id);

CREATE TABLE fence_version (
    fence_id    integer NOT NULL REFERENCES fence,
    version     integer NOT NULL CHECK (version > 0),
    revision    bigint  NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz NOT NULL DEFAULT 'infinity',
    shape       text NOT NULL CHECK (shape IN ('circle', 'polygon', 'corridor')),
    geometry    bytea NOT NULL,
    radius      double precision NOT NULL CHECK (radius >= 0),
    west        double precision NOT NULL,
    south       double precision NOT NULL,
    east        double precision NOT NULL,
    north       double precision NOT NULL,
    role        text NOT NULL,
    node_level  boolean NOT NULL,
    parent_id   integer REFERENCES fence,
    margin      double precision NOT NULL CHECK (margin >= 0),
    dwell_in    double precision NOT NULL CHECK (dwell_in >= 0),
    dwell_out   double precision NOT NULL CHECK (dwell_out >= 0),
    stop_rule   text NOT NULL,
    hours       jsonb NOT NULL DEFAULT '[]',
    confidence  text NOT NULL,
    datum       text NOT NULL,
    author      text NOT NULL,
    reason      text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (fence_id, version),
    CHECK (valid_from <= valid_to),
    CONSTRAINT fence_has_one_version EXCLUDE USING gist
        (fence_id WITH =, tstzrange(valid_from, valid_to) WITH &&)
);
CREATE INDEX fence_version_revision ON fence_version (revision);
COMMENT ON TABLE fence_version IS 'What a fence was, [valid_from, valid_to); empty where an edit of the past replaced it whole, or where it says who ended the fence.';
COMMENT ON COLUMN fence_version.revision IS 'The installation''s fence_revision when this row was last touched.';
COMMENT ON COLUMN fence_version.geometry IS 'WKB, degrees WGS 84: Point, (Multi)Polygon or (Multi)LineString.';
COMMENT ON COLUMN fence_version.radius IS 'm: of a circle, to each side of a corridor; 0 of a polygon.';
COMMENT ON COLUMN fence_version.west IS 'Of the box round it, margin included; west > east crosses the antimeridian.';
COMMENT ON COLUMN fence_version.parent_id IS 'The fence that this one lies in: inside it is inside its parent.';
COMMENT ON COLUMN fence_version.hours IS 'Weekly stretches {days, opens, closes} in which it can be entered, in the site''s zone; none: always.';
COMMENT ON COLUMN fence_version.confidence IS 'How sure the outline is; a person who confirms it changes this in place, since nothing is judged by it.';
COMMENT ON COLUMN fence_version.datum IS 'What the coordinates were entered in.';

CREATE TABLE expected_visit (
    id         uuid PRIMARY KEY,
    vehicle_id integer NOT NULL REFERENCES vehicle,
    site_id    integer NOT NULL REFERENCES site,
    valid_from timestamptz NOT NULL,
    valid_to   timestamptz NOT NULL,
    author     text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (valid_from < valid_to)
);
CREATE INDEX expected_visit_vehicle ON expected_visit (vehicle_id, valid_from);
COMMENT ON TABLE expected_visit IS 'Where a vehicle is expected and when: a near miss counts there, and a silent gap is no miss.';

CREATE TABLE visit (
    id               uuid PRIMARY KEY,
    vehicle_id       integer NOT NULL REFERENCES vehicle,
    fence_id         integer NOT NULL REFERENCES fence,
    version          integer NOT NULL,
    left_version     integer NOT NULL,
    state            text    NOT NULL,
    entered_at       timestamptz NOT NULL,
    entered_earliest timestamptz,
    entered_latest   timestamptz NOT NULL,
    entered_basis    text NOT NULL,
    entered_evidence jsonb NOT NULL,
    left_at          timestamptz,
    left_earliest    timestamptz,
    left_latest      timestamptz,
    left_basis       text,
    left_evidence    jsonb,
    stopped_at       timestamptz,
    arrived_at       timestamptz,
    departed_at      timestamptz,
    flaps            integer NOT NULL,
    yielded_to       integer NOT NULL,
    settled_at       timestamptz NOT NULL
);
CREATE INDEX visit_vehicle ON visit (vehicle_id, settled_at);
CREATE INDEX visit_fence ON visit (fence_id, settled_at);
CREATE INDEX visit_settled ON visit (settled_at);
COMMENT ON TABLE visit IS 'Stays of vehicles at fences, as the fixes show them now: fleet.nodes.Visit.  Derived; the record is node.';
COMMENT ON COLUMN visit.arrived_at IS 'Time of the fix that confirmed the arrival, not of the arrival.';
COMMENT ON COLUMN visit.departed_at IS 'Time of the fix that confirmed the departure.';
COMMENT ON COLUMN visit.entered_evidence IS 'Fixes [[device_id, ms since 1970], ...].';
COMMENT ON COLUMN visit.settled_at IS 'Time of the fix after which no fix in order can change it; infinity while one can.';

CREATE TABLE node (
    id            uuid    NOT NULL,
    version       integer NOT NULL CHECK (version > 0),
    change_id     bigint  NOT NULL UNIQUE,
    latest        boolean NOT NULL DEFAULT true,
    valid         boolean NOT NULL,
    vehicle_id    integer NOT NULL REFERENCES vehicle,
    site_id       integer NOT NULL REFERENCES site,
    fence_id      integer REFERENCES fence,
    fence_version integer,
    visit_id      uuid,
    kind          text NOT NULL,
    planned_at    timestamptz,
    estimated_at  timestamptz,
    actual_at     timestamptz NOT NULL,
    earliest_at   timestamptz,
    latest_at     timestamptz,
    stopped_at    timestamptz,
    confirmed_at  timestamptz,
    basis         text NOT NULL,
    source        text NOT NULL,
    operator      text,
    author        text,
    reason        text,
    note          text,
    evidence      jsonb NOT NULL DEFAULT '[]',
    attachments   jsonb NOT NULL DEFAULT '[]',
    cause         text NOT NULL,
    was_at        timestamptz,
    machine_at    timestamptz,
    conflict      boolean NOT NULL,
    provisional   boolean NOT NULL,
    near_fence    boolean NOT NULL,
    backfilled    boolean NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, version),
    CHECK (source <> 'person' OR (author IS NOT NULL AND reason IS NOT NULL))
);
CREATE UNIQUE INDEX node_latest ON node (id) WHERE latest;
CREATE INDEX node_vehicle ON node (vehicle_id, actual_at) WHERE latest;
CREATE INDEX node_site ON node (site_id, actual_at) WHERE latest;
CREATE INDEX node_visit ON node (visit_id) WHERE latest;
CREATE INDEX node_time ON node (actual_at) WHERE latest;
CREATE INDEX node_alone ON node (vehicle_id, actual_at) WHERE latest AND visit_id IS NULL AND source = 'person';
CREATE INDEX node_provisional ON node (fence_id) WHERE latest AND valid AND provisional;
COMMENT ON TABLE node IS 'The record: one row per version, only ever added; nothing but the mark `latest` is ever changed.';
COMMENT ON COLUMN node.change_id IS 'Its number in the feed: the order in which readers get every version once.';
COMMENT ON COLUMN node.latest IS 'Whether this is the version that holds; the only column that is ever updated.';
COMMENT ON COLUMN node.valid IS 'False: it did not occur, this version retracts it.';
COMMENT ON COLUMN node.visit_id IS 'The visit it follows from; NULL: a person''s alone.  The visit may be no more.';
COMMENT ON COLUMN node.actual_at IS 'When it happened, by the fixes; never when it was confirmed.';
COMMENT ON COLUMN node.confirmed_at IS 'Time of the fix that confirmed it.';
COMMENT ON COLUMN node.operator IS 'Whose vehicle it was: the code of the party.';
COMMENT ON COLUMN node.evidence IS 'The fixes that prove it: [[device_id, ms since 1970], ...].';
COMMENT ON COLUMN node.attachments IS 'What a person adds as evidence: texts, such as numbers of papers or addresses of pictures.';
COMMENT ON COLUMN node.was_at IS 'What the version before said, where this one corrects it.';
COMMENT ON COLUMN node.machine_at IS 'What the fixes say, where a person said otherwise; NULL: they agree or say nothing.';
COMMENT ON COLUMN node.conflict IS 'Person and fixes differ by more than 15 minutes, or the fixes no longer show it: to be looked at.';
COMMENT ON COLUMN node.provisional IS 'The fence awaits confirmation by a person.';
COMMENT ON COLUMN node.backfilled IS 'It was found in fixes older than the newest of the vehicle: no live alert.';

CREATE TABLE line (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest     bytea NOT NULL UNIQUE,
    geometry   bytea NOT NULL,
    length     double precision NOT NULL CHECK (length > 0),
    corridor   double precision NOT NULL CHECK (corridor > 0),
    source     text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE line IS 'Planned ways on the ground; never changed, so that plans can share them.';
COMMENT ON COLUMN line.digest IS 'SHA-256 over geometry and corridor: the same way is kept once.';
COMMENT ON COLUMN line.geometry IS 'WKB LineString M (ISO 2002, little-endian), degrees WGS 84, longitude first; M is m from the first vertex.';
COMMENT ON COLUMN line.length IS 'm.';
COMMENT ON COLUMN line.corridor IS 'm to each side within which a vehicle follows it.';
COMMENT ON COLUMN line.source IS 'geojson, gpx, polyline, gtfs, history, osrm, valhalla; straight: only the places are known.';

CREATE TABLE route (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL UNIQUE,
    name_zh    text NOT NULL,
    name_en    text NOT NULL,
    line_id    integer NOT NULL REFERENCES line,
    strict     boolean NOT NULL,
    author     text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE route IS 'Ways that trips are planned on; a plan copies what it needs, so that editing a route changes no plan.';
COMMENT ON COLUMN route.strict IS 'Stops are to be visited in order.';

CREATE TABLE route_stop (
    route_id integer NOT NULL REFERENCES route ON DELETE CASCADE,
    number   integer NOT NULL CHECK (number >= 0),
    site_id  integer NOT NULL REFERENCES site,
    s        double precision,
    arrive   double precision,
    depart   double precision,
    service  double precision NOT NULL DEFAULT 0 CHECK (service >= 0),
    early    double precision NOT NULL DEFAULT 1800 CHECK (early >= 0),
    late     double precision NOT NULL DEFAULT 900 CHECK (late >= 0),
    via      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (route_id, number)
);
COMMENT ON COLUMN route_stop.s IS 'm along the line; NULL: not on it.';
COMMENT ON COLUMN route_stop.arrive IS 's after the departure from the first stop; NULL unknown, as depart.';

CREATE TABLE trip (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code          text NOT NULL UNIQUE,
    route_id      integer REFERENCES route ON DELETE SET NULL,
    revision      bigint NOT NULL DEFAULT 0,
    starts_at     timestamptz,
    ends_at       timestamptz,
    over_at       timestamptz,
    called_off_at timestamptz,
    pending       boolean NOT NULL DEFAULT true,
    shelved       boolean NOT NULL DEFAULT false,
    created_by    text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX trip_revision ON trip (revision);
CREATE INDEX trip_open ON trip (starts_at) WHERE over_at IS NULL;
CREATE INDEX trip_ends ON trip (ends_at);
CREATE INDEX trip_over ON trip (over_at) WHERE over_at IS NOT NULL;
CREATE INDEX trip_pending ON trip (id) WHERE pending;
CREATE INDEX trip_in_world ON trip (id) WHERE NOT shelved;
COMMENT ON COLUMN trip.revision IS 'The installation''s trip_revision when the trip, its plan or an assignment was last touched.';
COMMENT ON COLUMN trip.starts_at IS 'Planned, of the latest revision of its plan, as ends_at; NULL without a plan.';
COMMENT ON COLUMN trip.over_at IS 'Since when nothing more is expected of a vehicle; NULL while something is.';
COMMENT ON COLUMN trip.called_off_at IS 'When a person cancelled or aborted it: from then on its vehicle is expected nowhere.';
COMMENT ON COLUMN trip.pending IS 'It was edited, and not evaluated since.';
COMMENT ON COLUMN trip.shelved IS 'It was over so long ago that no fold judges by it.';

CREATE TABLE plan (
    trip_id     integer NOT NULL REFERENCES trip ON DELETE CASCADE,
    revision    integer NOT NULL CHECK (revision >= 0),
    valid_from  timestamptz NOT NULL,
    line_id     integer REFERENCES line,
    strict      boolean NOT NULL,
    author      text NOT NULL,
    reason      text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (trip_id, revision)
);
CREATE INDEX plan_line ON plan (line_id);
COMMENT ON TABLE plan IS 'Revisions of plans; 0 is the baseline.  The database refuses any change of one.';
COMMENT ON COLUMN plan.valid_from IS 'Fixes from then on are judged by it, until that of the next revision; of revision 0 -infinity.';

CREATE TABLE stop (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trip_id integer NOT NULL REFERENCES trip ON DELETE CASCADE
);
CREATE INDEX stop_trip ON stop (trip_id);
COMMENT ON TABLE stop IS 'A stop of a trip, the same in every revision of its plan.';

CREATE TABLE plan_stop (
    trip_id   integer NOT NULL,
    revision  integer NOT NULL,
    number    integer NOT NULL CHECK (number >= 0),
    stop_id   integer NOT NULL REFERENCES stop ON DELETE CASCADE,
    site_id   integer NOT NULL REFERENCES site,
    s         double precision,
    arrive_at timestamptz,
    depart_at timestamptz,
    opens_at  timestamptz,
    closes_at timestamptz,
    service   double precision NOT NULL CHECK (service >= 0),
    early     double precision NOT NULL CHECK (early >= 0),
    late      double precision NOT NULL CHECK (late >= 0),
    via       boolean NOT NULL,
    PRIMARY KEY (trip_id, revision, number),
    UNIQUE (trip_id, revision, stop_id),
    FOREIGN KEY (trip_id, revision) REFERENCES plan ON DELETE CASCADE
);
CREATE INDEX plan_stop_stop ON plan_stop (stop_id);
COMMENT ON COLUMN plan_stop.opens_at IS 'Window; where none was given both ends are arrive_at.';
COMMENT ON COLUMN plan_stop.service IS 's of planned work.';
COMMENT ON COLUMN plan_stop.early IS 's of tolerance before the window opens, as late after it closes.';

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_LEVEL = 'ROW' AND EXISTS (
        SELECT FROM purge
        WHERE id = nullif(current_setting('milepost.purge', true), '')::bigint
          AND xmin = pg_current_xact_id()::xid)
    THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION refuse_change IS 'Nothing but a purge or an erasure, which has written its own row of `purge` in this very transaction, passes.';
CREATE TRIGGER plan_is_immutable BEFORE UPDATE ON plan FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plan_stop_is_immutable BEFORE UPDATE ON plan_stop FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- They go with their trip only, by the foreign keys, which are triggers themselves.
CREATE TRIGGER plan_is_kept BEFORE DELETE ON plan FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plan_stop_is_kept BEFORE DELETE ON plan_stop FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change();

CREATE TABLE assignment (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trip_id     integer NOT NULL REFERENCES trip ON DELETE CASCADE,
    vehicle_id  integer NOT NULL REFERENCES vehicle,
    driver      text,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz NOT NULL DEFAULT 'infinity',
    author      text NOT NULL,
    reason      text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK (valid_from <= valid_to),
    CONSTRAINT trip_has_one_vehicle EXCLUDE USING gist
        (trip_id WITH =, tstzrange(valid_from, valid_to) WITH &&)
);
CREATE INDEX assignment_vehicle ON assignment (vehicle_id, valid_from);
CREATE INDEX assignment_trip ON assignment (trip_id, valid_from);
COMMENT ON TABLE assignment IS 'Which vehicle and driver served a trip, [valid_from, valid_to); a swap ends one and begins another.  Empty: taken back before it began.';

CREATE TABLE trip_step (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trip_id     integer NOT NULL REFERENCES trip ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    event       text NOT NULL,
    from_state  text NOT NULL,
    to_state    text NOT NULL,
    source      text NOT NULL CHECK (source IN ('gps', 'clock', 'person')),
    author      text,
    reason      text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK (source <> 'person' OR (author IS NOT NULL AND reason IS NOT NULL))
);
CREATE INDEX trip_step_trip ON trip_step (trip_id, id);
CREATE TRIGGER trip_step_is_immutable BEFORE UPDATE ON trip_step FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE trip_step IS 'The life of a trip, step by step; only ever added to.';
COMMENT ON COLUMN trip_step.at IS 'When it happened, by the fixes or by the person''s word.';

CREATE TABLE trip_state (
    trip_id      integer PRIMARY KEY REFERENCES trip ON DELETE CASCADE,
    revision     bigint NOT NULL DEFAULT 0,
    state        text NOT NULL,
    vehicle_id   integer REFERENCES vehicle,
    evaluated_at timestamptz,
    heard_at     timestamptz,
    plan         integer NOT NULL DEFAULT -1,
    model        text,
    no_estimate  smallint NOT NULL DEFAULT 1,
    place        bytea,
    s            double precision,
    share        real,
    away         real,
    off_route    boolean NOT NULL DEFAULT false,
    first        integer NOT NULL DEFAULT 0,
    p50          timestamptz[] NOT NULL DEFAULT '{}',
    p90          timestamptz[] NOT NULL DEFAULT '{}',
    parts        real[] NOT NULL DEFAULT '{}',
    risks        bytea NOT NULL DEFAULT '',
    risk         smallint NOT NULL DEFAULT 0,
    late_stop    integer,
    delay        real,
    baseline     real,
    cause        text,
    split        jsonb NOT NULL DEFAULT '{}',
    said_cause   text,
    said_note    text,
    said_by      text,
    conditions   jsonb NOT NULL DEFAULT '[]'
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX trip_state_open ON trip_state (vehicle_id)
    WHERE state NOT IN ('completed', 'closed', 'cancelled', 'aborted', 'assumed_completed');
COMMENT ON TABLE trip_state IS 'How each trip stands now; written under its vehicle''s revision by gateway and worker.  No index on what every evaluation changes.';
COMMENT ON COLUMN trip_state.revision IS 'Of the trip, as the evaluation knew it.';
COMMENT ON COLUMN trip_state.vehicle_id IS 'The vehicle that serves it, or served it last: whose party may see it; NULL none, or it was released.';
COMMENT ON COLUMN trip_state.plan IS 'Revision that the evaluation, and risks, are of; -1 none.';
COMMENT ON COLUMN trip_state.no_estimate IS 'fleet.trips.NoEstimate; 0: there is one.';
COMMENT ON COLUMN trip_state.place IS 'route.progress.PROGRESS of its vehicle, as of the last evaluation; NULL: it is not on the trip.';
COMMENT ON COLUMN trip_state.s IS 'm along the line, at heard_at.';
COMMENT ON COLUMN trip_state.away IS 'm from the line.';
COMMENT ON COLUMN trip_state.first IS 'Number of the first stop that p50, p90 and parts speak of; they go to the last.';
COMMENT ON COLUMN trip_state.parts IS 's: driving, dwell, rest, deviation; four to each stop.  They add up to p50 - evaluated_at.';
COMMENT ON COLUMN trip_state.risks IS 'shipment.risk.RISK, one per stop of the plan; the first byte of each is the fleet.trips.Risk to show.';
COMMENT ON COLUMN trip_state.risk IS 'fleet.trips.Risk, the worst of the stops still open.';
COMMENT ON COLUMN trip_state.late_stop IS 'Number of the stop that risk and delay speak of.';
COMMENT ON COLUMN trip_state.delay IS 's, positive late, against the latest plan; baseline: against revision 0.  NULL: no estimate and no arrival.';
COMMENT ON COLUMN trip_state.cause IS 'The largest part of split, s by cause; what a person said outranks it.';
COMMENT ON COLUMN trip_state.conditions IS 'What the clock has found: [{kind, since, ...}].';

CREATE TABLE stop_fact (
    stop_id         integer PRIMARY KEY REFERENCES stop ON DELETE CASCADE,
    trip_id         integer NOT NULL REFERENCES trip ON DELETE CASCADE,
    status          text NOT NULL,
    visit_id        uuid,
    arrived_at      timestamptz,
    departed_at     timestamptz,
    earliest_at     timestamptz,
    latest_at       timestamptz,
    out_of_sequence boolean NOT NULL DEFAULT false,
    shared          boolean NOT NULL DEFAULT false,
    estimated_at    timestamptz,
    scored_at       timestamptz,
    author          text,
    reason          text,
    recorded_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX stop_fact_trip ON stop_fact (trip_id);
CREATE INDEX stop_fact_visit ON stop_fact (visit_id) WHERE visit_id IS NOT NULL;
CREATE INDEX stop_fact_unscored ON stop_fact (stop_id) WHERE arrived_at IS DISTINCT FROM scored_at;
COMMENT ON TABLE stop_fact IS 'What became of each stop, as visits and people say now; derived.';
COMMENT ON COLUMN stop_fact.estimated_at IS 'The last estimate (P50) before the arrival became known.';
COMMENT ON COLUMN stop_fact.scored_at IS 'The arrival that its estimates were scored by; NULL none.';

CREATE TABLE stop_word (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stop_id     integer NOT NULL REFERENCES stop ON DELETE CASCADE,
    status      text NOT NULL,
    arrived_at  timestamptz,
    departed_at timestamptz,
    author      text NOT NULL,
    reason      text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX stop_word_stop ON stop_word (stop_id, id);
CREATE TRIGGER stop_word_is_immutable BEFORE UPDATE ON stop_word FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE stop_word IS 'What people said of stops; the newest word on a stop outranks the visits, `planned` takes a word back.';

CREATE TABLE estimate (
    trip_id     integer NOT NULL REFERENCES trip ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    heard_at    timestamptz,
    plan        integer NOT NULL,
    model       text NOT NULL,
    s           real,
    no_estimate smallint NOT NULL,
    first       smallint NOT NULL,
    p50         integer[] NOT NULL,
    p90         integer[] NOT NULL,
    PRIMARY KEY (trip_id, at)
);
CREATE TRIGGER estimate_is_immutable BEFORE UPDATE ON estimate FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE INDEX estimate_at ON estimate USING brin (at) WITH (pages_per_range = 32, autosummarize = on);
COMMENT ON TABLE estimate IS 'Every estimate that was made; never changed.';
COMMENT ON COLUMN estimate.plan IS 'Revision of the plan.';
COMMENT ON COLUMN estimate.first IS 'Number of the first stop that p50 and p90 speak of; they go to the last.';
COMMENT ON COLUMN estimate.p50 IS 's after `at`.';

CREATE TABLE risk_change (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trip_id   integer NOT NULL REFERENCES trip ON DELETE CASCADE,
    stop_id   integer NOT NULL REFERENCES stop ON DELETE CASCADE,
    at        timestamptz NOT NULL,
    from_risk smallint NOT NULL,
    to_risk   smallint NOT NULL,
    p50_at    timestamptz,
    p90_at    timestamptz,
    due_at    timestamptz,
    cause     text,
    split     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX risk_change_trip ON risk_change (trip_id, id);
CREATE INDEX risk_change_stop ON risk_change (stop_id);
COMMENT ON TABLE risk_change IS 'Each time a stop''s risk changed; only ever added to.';

CREATE TABLE model (
    version    text PRIMARY KEY,
    began_at   timestamptz NOT NULL,
    learned_to bigint NOT NULL DEFAULT 0,
    seen_to    timestamptz,
    note       text NOT NULL DEFAULT ''
);
COMMENT ON TABLE model IS 'Versions of the travel-time model, the newest in use.';
COMMENT ON COLUMN model.seen_to IS 'Up to when it has learned from the ways of trips under way; NULL never.';
COMMENT ON COLUMN model.learned_to IS 'Number of the last trip_step whose trip it has learned from; steps younger than a minute wait, since numbers do not commit in order.';

CREATE TABLE learned (
    model      text     NOT NULL REFERENCES model ON DELETE CASCADE,
    kind       text     NOT NULL,
    key        text     NOT NULL,
    bin        smallint NOT NULL,
    weight     double precision NOT NULL,
    mean       double precision NOT NULL,
    spread     double precision NOT NULL,
    detail     bytea,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model, kind, key, bin)
);
COMMENT ON TABLE learned IS 'What a model knows: route.model says what the kinds are.';

CREATE TABLE score (
    stop_id   integer  NOT NULL REFERENCES stop ON DELETE CASCADE,
    model     text     NOT NULL,
    bucket    smallint NOT NULL,
    trip_id   integer  NOT NULL REFERENCES trip ON DELETE CASCADE,
    site_id   integer  NOT NULL REFERENCES site,
    actual_at timestamptz NOT NULL,
    estimates integer NOT NULL,
    absolute  double precision NOT NULL,
    signed    double precision NOT NULL,
    covered   integer NOT NULL,
    within    integer NOT NULL,
    relative  double precision NOT NULL,
    relatives integer NOT NULL,
    planned   double precision NOT NULL,
    carried   double precision NOT NULL,
    PRIMARY KEY (stop_id, model, bucket)
);
CREATE INDEX score_actual ON score (actual_at);
CREATE INDEX score_trip ON score (trip_id);
COMMENT ON TABLE score IS 'How good the estimates of a stop were, by how far ahead they were made; written anew when its arrival is corrected.';
COMMENT ON COLUMN score.bucket IS 'Of the time to the arrival: route.score.BUCKETS.';
COMMENT ON COLUMN score.absolute IS 'Sum of the errors of P50, s, without sign; signed: with it, positive where it came later than estimated.';
COMMENT ON COLUMN score.covered IS 'Estimates whose P90 was not before the arrival; within: inside the band of the benchmark.';
COMMENT ON COLUMN score.relative IS 'Sum of error over time to the arrival, of those at least 5 minutes ahead; relatives: how many.';
COMMENT ON COLUMN score.planned IS 'What absolute would be for the plan itself; carried: for the plan plus the delay of that moment.';

CREATE FUNCTION planned_of(the_visit uuid, the_kind text)
RETURNS TABLE (planned_at timestamptz, estimated_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT CASE the_kind WHEN 'arrived' THEN x.arrive_at WHEN 'departed' THEN x.depart_at END,
           CASE the_kind WHEN 'arrived' THEN k.estimated_at END
    FROM stop_fact k
    JOIN plan_stop x ON x.stop_id = k.stop_id
    WHERE k.visit_id = the_visit
      AND x.revision = (SELECT max(y.revision) FROM plan_stop y WHERE y.stop_id = k.stop_id)
    ORDER BY CASE the_kind WHEN 'departed' THEN 'epoch' - x.depart_at ELSE x.arrive_at - 'epoch' END
    LIMIT 1
$$;
COMMENT ON FUNCTION planned_of IS 'What was planned and expected of the stop that a visit fulfils: of several the first to arrive at, the last to leave.';

CREATE FUNCTION trip_of(the_vehicle integer)
RETURNS TABLE (code text, risk smallint, delay real, next_site text, next_at timestamptz,
               place text, lon double precision, lat double precision, driver text)
LANGUAGE sql STABLE AS $$
    SELECT t.code, s.risk, s.delay, CASE WHEN s.no_estimate = 0 THEN n.code END,
           CASE WHEN s.no_estimate = 0 AND n.code IS NOT NULL THEN s.p50[1] END,
           n.code, n.lon, n.lat,
           (SELECT a.driver FROM assignment a
            WHERE a.trip_id = t.id AND a.vehicle_id = the_vehicle
              AND a.valid_from <= now() AND a.valid_to > now())
    FROM trip_state s
    JOIN trip t ON t.id = s.trip_id
    LEFT JOIN LATERAL (
        SELECT site.code, site.lon, site.lat FROM plan_stop x JOIN site ON site.id = x.site_id
        WHERE x.trip_id = s.trip_id AND x.revision = s.plan AND x.number = s.first
    ) n ON true
    WHERE s.vehicle_id = the_vehicle AND t.starts_at <= now() + interval '1 hour'
      AND s.state NOT IN ('completed', 'closed', 'cancelled', 'aborted', 'assumed_completed')
    ORDER BY s.state IN ('at_origin', 'en_route', 'at_stop', 'arrived_final') DESC,
             t.starts_at, t.id
    LIMIT 1
$$;
COMMENT ON FUNCTION trip_of IS 'The trip that a vehicle is on, in a word: under way first, else the next one whose tracking window is open; place is its next stop, estimated or not.';

CREATE TABLE person (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
    shown         text NOT NULL,
    role          text NOT NULL,
    password      text,
    parties       text[],
    customers     text[],
    sites         text[] NOT NULL DEFAULT '{}',
    driver        text NOT NULL DEFAULT '',
    contact       jsonb NOT NULL DEFAULT '{}',
    language      text NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en')),
    failures      integer NOT NULL DEFAULT 0,
    locked_until  timestamptz,
    disabled_at   timestamptz,
    revision      bigint NOT NULL DEFAULT 1,
    created_by    text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE person IS 'Who may sign in.  Never deleted: what they did names them.';
COMMENT ON COLUMN person.role IS 'fleet.rights.Role.';
COMMENT ON COLUMN person.password IS 'Argon2id hash; NULL cannot sign in.';
COMMENT ON COLUMN person.parties IS 'Codes: whose vehicles; NULL every one.  customers: whose waybills, likewise.';
COMMENT ON COLUMN person.contact IS 'Where notices reach them: {email, phone, channel code: address}.';
COMMENT ON COLUMN person.revision IS 'Rises when a right of theirs changes: sessions and open sockets are judged anew.';

CREATE TABLE session (
    digest     bytea PRIMARY KEY,
    person_id  integer NOT NULL REFERENCES person,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    address    text NOT NULL,
    agent      text NOT NULL
);
CREATE INDEX session_person ON session (person_id);
COMMENT ON COLUMN session.digest IS 'SHA-256 of the cookie''s token.';

CREATE TABLE api_key (
    id         uuid PRIMARY KEY,
    digest     bytea NOT NULL UNIQUE,
    name       text NOT NULL,
    role       text NOT NULL,
    rights     text[],
    parties    text[],
    customers  text[],
    sites      text[] NOT NULL DEFAULT '{}',
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    used_at    timestamptz
);
COMMENT ON COLUMN api_key.digest IS 'SHA-256 of the key, which is shown once.';
COMMENT ON COLUMN api_key.rights IS 'fleet.rights.Right: fewer than its role''s; NULL all of them.';

CREATE TABLE audit (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    principal text NOT NULL,
    role      text NOT NULL,
    act       text NOT NULL,
    kind      text NOT NULL,
    subject   text NOT NULL,
    why       text NOT NULL DEFAULT '',
    detail    jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_at ON audit USING brin (at);
CREATE INDEX audit_subject ON audit (kind, subject, id);
CREATE INDEX audit_principal ON audit (principal, id);
COMMENT ON TABLE audit IS 'Who read an exact position or changed something; only ever added to.';
COMMENT ON COLUMN audit.act IS 'read, reveal, create, change, remove, sign_in, sign_out, refused, ...';
COMMENT ON COLUMN audit.detail IS 'Of a change {before, after}; of a read what was asked.';

CREATE TABLE audit_link (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    audit_id bigint NOT NULL UNIQUE REFERENCES audit,
    chain    bytea NOT NULL,
    salt     bytea
);
COMMENT ON TABLE audit_link IS 'One per audit row, in the order of commits.';
COMMENT ON COLUMN audit_link.chain IS 'SHA-256 over the chain of the link before, the salt and the audit row: one taken out or changed is noticed.';
COMMENT ON COLUMN audit_link.salt IS 'So that nobody can find out by trying what stood in a row that an erasure has rewritten: it goes with the words.';

CREATE FUNCTION audit_text(of audit) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT convert_to(concat_ws(E'\x1f', of.id, extract(epoch FROM of.at),
        of.principal, of.role, of.act, of.kind, of.subject, of.why, of.detail::text), 'UTF8')
$$;

CREATE FUNCTION audit_chain(before bytea, salt bytea, of audit) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT sha256(before || coalesce(salt, '') || audit_text(of))
$$;

CREATE FUNCTION link_audit() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    grain bytea := uuid_send(gen_random_uuid());
BEGIN
    PERFORM pg_advisory_xact_lock(7305816231);
    INSERT INTO audit_link (audit_id, chain, salt)
    SELECT NEW.id, audit_chain(coalesce((SELECT chain FROM audit_link ORDER BY id DESC LIMIT 1),
                                        (SELECT chain FROM audit_anchor ORDER BY id DESC LIMIT 1), ''),
                               grain, NEW),
           grain;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION link_audit IS 'Runs at the commit, so that its lock comes after every other, also the feed''s.';
CREATE CONSTRAINT TRIGGER audit_is_linked AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION link_audit();
CREATE TRIGGER audit_link_is_kept BEFORE TRUNCATE ON audit_link FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_is_kept BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_link_is_immutable BEFORE UPDATE OR DELETE ON audit_link FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_is_immutable BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE serial (
    short text NOT NULL,
    day   date NOT NULL,
    last  integer NOT NULL CHECK (last BETWEEN 1 AND 999999),
    PRIMARY KEY (short, day)
);
COMMENT ON TABLE serial IS 'The last waybill number of a company and day; of exceptions as EX-, of queries as Q-.';

CREATE TABLE waybill (
    id             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number         text NOT NULL UNIQUE CHECK (number ~ '^[A-Z]{2,4}[0-9]{8}[0-9]{5,6}$'),
    code           text NOT NULL UNIQUE CHECK (code ~ '^[0-9]{16}$'),
    order_no       text,
    customer_id    integer NOT NULL REFERENCES party,
    carrier_id     integer REFERENCES party,
    origin_id      integer NOT NULL REFERENCES site,
    destination_id integer NOT NULL REFERENCES site,
    shipper        text NOT NULL DEFAULT '',
    consignee      text NOT NULL DEFAULT '',
    phone          text NOT NULL DEFAULT '',
    address        text NOT NULL DEFAULT '',
    goods          jsonb NOT NULL DEFAULT '[]',
    requirements   text[] NOT NULL DEFAULT '{}',
    contact        text NOT NULL DEFAULT 'phone',
    opens_at       timestamptz,
    promised_at    timestamptz,
    stored         boolean NOT NULL DEFAULT false,
    placed_at      timestamptz NOT NULL,
    cancelled_at   timestamptz,
    digest         bytea,
    author         text NOT NULL,
    recorded_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX waybill_order ON waybill (upper(order_no)) WHERE order_no IS NOT NULL;
CREATE INDEX waybill_order_bare ON waybill (translate(upper(order_no), ' -._/', ''));
CREATE INDEX waybill_phone ON waybill (right(phone, 4), id DESC) WHERE phone <> '';
CREATE INDEX waybill_customer ON waybill (customer_id, placed_at);
CREATE INDEX waybill_placed ON waybill (placed_at);
CREATE INDEX waybill_like ON waybill USING gin (number gin_trgm_ops);
CREATE INDEX waybill_begins ON waybill (number text_pattern_ops);
CREATE INDEX waybill_ends ON waybill (reverse(number) text_pattern_ops);
COMMENT ON TABLE waybill IS 'Goods of one customer on their way from one place to another.';
COMMENT ON COLUMN waybill.number IS 'Company, date, serial of 6 digits (of old ones 5).';
COMMENT ON COLUMN waybill.code IS '16 digits, the last two check the others (ISO 7064 MOD 97-10).';
COMMENT ON COLUMN waybill.goods IS '[{name, spec, quantity, weight_kg, volume_m3}].';
COMMENT ON COLUMN waybill.requirements IS 'Words: fragile, cold_chain, text_first, weekend, ...';
COMMENT ON COLUMN waybill.contact IS 'How the consignee wants to be reached: phone, sms, email, none.';
COMMENT ON COLUMN waybill.opens_at IS 'From then on it can be delivered; promised_at: until then it is promised.';
COMMENT ON COLUMN waybill.stored IS 'Storage on the way is planned: a long stay in a hub is no stall.';
COMMENT ON COLUMN waybill.digest IS 'SHA-256 of what the import said of it: the same again changes nothing.';

CREATE TABLE leg (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    waybill_id integer NOT NULL REFERENCES waybill ON DELETE CASCADE,
    number     integer NOT NULL CHECK (number >= 0),
    from_id    integer NOT NULL REFERENCES site,
    to_id      integer NOT NULL REFERENCES site,
    UNIQUE (waybill_id, number)
);
COMMENT ON TABLE leg IS 'The way of a waybill, part by part; a part is carried by one trip.';

CREATE TABLE booking (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    leg_id      integer NOT NULL REFERENCES leg ON DELETE CASCADE,
    trip_id     integer NOT NULL REFERENCES trip,
    load_id     integer NOT NULL REFERENCES stop,
    unload_id   integer NOT NULL REFERENCES stop,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz NOT NULL DEFAULT 'infinity',
    author      text NOT NULL,
    reason      text NOT NULL,
    ended_by    text,
    ended_why   text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK (valid_from <= valid_to),
    CONSTRAINT leg_is_on_one_trip EXCLUDE USING gist
        (leg_id WITH =, tstzrange(valid_from, valid_to) WITH &&)
);
CREATE INDEX booking_leg ON booking (leg_id);
CREATE INDEX booking_trip ON booking (trip_id);
COMMENT ON TABLE booking IS 'Which trip carries a leg, [valid_from, valid_to).  Empty: it was wrong, and never held.';

CREATE TABLE scan (
    id          uuid PRIMARY KEY,
    waybill_id  integer NOT NULL REFERENCES waybill ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('loaded', 'unloaded', 'received', 'released')),
    site_id     integer NOT NULL REFERENCES site,
    vehicle_id  integer REFERENCES vehicle,
    at          timestamptz NOT NULL,
    slot        text NOT NULL DEFAULT '',
    note        text NOT NULL DEFAULT '',
    author      text NOT NULL,
    withdrawn_by  text,
    withdrawn_why text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT scan_once UNIQUE (waybill_id, kind, site_id, at)
);
COMMENT ON TABLE scan IS 'Goods onto a vehicle, off it, into a warehouse, out of it.';

CREATE TABLE evidence_file (
    id          uuid PRIMARY KEY,
    digest      bytea NOT NULL,
    name        text NOT NULL,
    media       text NOT NULL,
    body        bytea NOT NULL,
    waybill_id  integer REFERENCES waybill ON DELETE CASCADE,
    author      text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX evidence_file_waybill ON evidence_file (waybill_id);
CREATE TRIGGER evidence_file_is_immutable BEFORE UPDATE ON evidence_file FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE proof (
    id          uuid PRIMARY KEY,
    waybill_id  integer NOT NULL REFERENCES waybill ON DELETE CASCADE,
    outcome     text NOT NULL CHECK (outcome IN ('signed', 'refused', 'withdrawn')),
    at          timestamptz NOT NULL,
    signer      text NOT NULL DEFAULT '',
    note        text NOT NULL DEFAULT '',
    files       uuid[] NOT NULL DEFAULT '{}',
    author      text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK (outcome <> 'signed' OR signer <> '')
);
CREATE INDEX proof_waybill ON proof (waybill_id, recorded_at);
CREATE TRIGGER proof_is_immutable BEFORE UPDATE ON proof FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE proof IS 'What people say of the delivery; the newest holds.  A position proves arrival, never this.';

CREATE TABLE ride (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    waybill_id integer NOT NULL REFERENCES waybill ON DELETE CASCADE,
    leg_id     integer NOT NULL REFERENCES leg ON DELETE CASCADE,
    trip_id    integer NOT NULL REFERENCES trip,
    vehicle_id integer NOT NULL REFERENCES vehicle,
    valid_from timestamptz NOT NULL,
    valid_to   timestamptz NOT NULL DEFAULT 'infinity',
    from_basis text NOT NULL,
    to_basis   text,
    presumed   boolean NOT NULL,
    CHECK (valid_from < valid_to),
    CONSTRAINT waybill_on_one_vehicle EXCLUDE USING gist
        (waybill_id WITH =, tstzrange(valid_from, valid_to) WITH &&)
);
CREATE INDEX ride_vehicle ON ride (vehicle_id, valid_to);
CREATE INDEX ride_trip ON ride (trip_id);
COMMENT ON TABLE ride IS 'While a waybill was aboard a vehicle; derived from bookings, assignments, facts and scans.';
COMMENT ON COLUMN ride.from_basis IS 'scan, departed (of the loading stop), handover; to_basis: scan, arrived (at the unloading stop), departed (of it, before the scan), handover, proof, over (the trip), cancelled.';
COMMENT ON COLUMN ride.presumed IS 'No scan says so: by the plan.';

CREATE TABLE milestone (
    id           uuid    NOT NULL,
    version      integer NOT NULL CHECK (version > 0),
    change_id    bigint  NOT NULL UNIQUE,
    latest       boolean NOT NULL DEFAULT true,
    valid        boolean NOT NULL,
    waybill_id   integer NOT NULL REFERENCES waybill ON DELETE CASCADE,
    key          text    NOT NULL,
    kind         text    NOT NULL,
    at           timestamptz NOT NULL,
    site_id      integer REFERENCES site,
    vehicle_id   integer REFERENCES vehicle,
    trip_id      integer REFERENCES trip,
    planned_at   timestamptz,
    estimated_at timestamptz,
    source       text    NOT NULL,
    visit_id     uuid,
    operator     text,
    author       text,
    note         text,
    files        uuid[]  NOT NULL DEFAULT '{}',
    presumed     boolean NOT NULL DEFAULT false,
    cause        text    NOT NULL,
    was_at       timestamptz,
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, version)
);
CREATE UNIQUE INDEX milestone_latest ON milestone (waybill_id, key) WHERE latest;
CREATE INDEX milestone_waybill ON milestone (waybill_id);
CREATE INDEX milestone_trip ON milestone (trip_id) WHERE trip_id IS NOT NULL;
COMMENT ON TABLE milestone IS 'The record of a waybill: its nodes; kept as versions like those of vehicles.';
COMMENT ON COLUMN milestone.key IS 'Of the event, the same in every derivation: kind, leg, stop.';
COMMENT ON COLUMN milestone.kind IS 'fleet.waybills.WaybillState, or handover, or fleet.waybills.ScanKind.';
COMMENT ON COLUMN milestone.source IS 'gps, scan, person, plan.';
COMMENT ON COLUMN milestone.cause IS 'fleet.nodes.Cause: first, updated, corrected, retracted.';

CREATE TABLE waybill_state (
    waybill_id  integer PRIMARY KEY REFERENCES waybill ON DELETE CASCADE,
    state       text NOT NULL,
    since       timestamptz,
    over        boolean NOT NULL,
    leg         integer NOT NULL DEFAULT 0,
    trip_id     integer REFERENCES trip,
    vehicle_id  integer REFERENCES vehicle,
    site_id     integer REFERENCES site,
    shipped_at  timestamptz,
    told_at     timestamptz,
    p50         timestamptz,
    p90         timestamptz,
    risk        smallint NOT NULL DEFAULT 0,
    risks       bytea NOT NULL DEFAULT '',
    delay       real,
    cause       text,
    derived_at  timestamptz NOT NULL,
    judged_at   timestamptz
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX waybill_state_open ON waybill_state (trip_id) WHERE NOT over;
CREATE INDEX waybill_state_trip ON waybill_state (trip_id) WHERE trip_id IS NOT NULL;
COMMENT ON TABLE waybill_state IS 'How each waybill stands; derived by the worker.';
COMMENT ON COLUMN waybill_state.vehicle_id IS 'It is aboard it now; NULL: it is at site_id, or nobody knows.';
COMMENT ON COLUMN waybill_state.trip_id IS 'Of the leg that it is on, or waits for; NULL none is booked.';
COMMENT ON COLUMN waybill_state.shipped_at IS 'It left its origin: the D of D+1.';
COMMENT ON COLUMN waybill_state.told_at IS 'Its newest milestone.';
COMMENT ON COLUMN waybill_state.p50 IS 'Estimate for its destination; risk and delay are against its promise.';
COMMENT ON COLUMN waybill_state.risks IS 'shipment.risk.RISK, one record.';

CREATE TABLE waybill_due (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    waybill_id integer NOT NULL REFERENCES waybill ON DELETE CASCADE,
    at         timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX waybill_due_waybill ON waybill_due (waybill_id);
COMMENT ON TABLE waybill_due IS 'Waybills to be derived anew: something of them, or of a trip that carries them, has changed.  Only ever added to, so that nobody who writes a fact waits for the worker.';

CREATE FUNCTION rederive() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('milepost.purge', true), '') <> '' THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME IN ('stop_fact', 'assignment', 'plan', 'trip_step') THEN
        INSERT INTO waybill_due (waybill_id)
        SELECT DISTINCT l.waybill_id FROM booking b JOIN leg l ON l.id = b.leg_id
        WHERE b.trip_id = NEW.trip_id AND b.valid_from < b.valid_to
        ORDER BY 1;
    ELSIF TG_TABLE_NAME = 'booking' THEN
        INSERT INTO waybill_due (waybill_id) SELECT l.waybill_id FROM leg l WHERE l.id = NEW.leg_id;
    ELSIF TG_TABLE_NAME = 'waybill' THEN
        INSERT INTO waybill_due (waybill_id) VALUES (NEW.id);
    ELSE
        INSERT INTO waybill_due (waybill_id) VALUES (NEW.waybill_id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER stop_fact_rederives AFTER INSERT ON stop_fact FOR EACH ROW EXECUTE FUNCTION rederive();
CREATE TRIGGER stop_fact_change_rederives AFTER UPDATE ON stop_fact FOR EACH ROW
    WHEN ((OLD.status, OLD.arrived_at, OLD.departed_at) IS DISTINCT FROM (NEW.status, NEW.arrived_at, NEW.departed_at))
    EXECUTE FUNCTION rederive();
CREATE TRIGGER assignment_rederives AFTER INSERT OR UPDATE ON assignment FOR EACH ROW EXECUTE FUNCTION rederive();
CREATE TRIGGER plan_rederives AFTER INSERT ON plan FOR EACH ROW EXECUTE FUNCTION rederive();
CREATE TRIGGER trip_step_rederives AFTER INSERT ON trip_step FOR EACH ROW EXECUTE FUNCTION rederive();
CREATE TRIGGER booking_rederives AFTER INSERT OR UPDATE ON booking FOR EACH ROW EXECUTE FUNCTION rederive();
CREATE TRIGGER waybill_rederives AFTER INSERT OR UPDATE ON waybill FOR EACH ROW EXECUTE FUNCTION rederive();
CREATE TRIGGER scan_rederives AFTER INSERT OR UPDATE ON scan FOR EACH ROW EXECUTE FUNCTION rederive();
CREATE TRIGGER proof_rederives AFTER INSERT ON proof FOR EACH ROW EXECUTE FUNCTION rederive();

CREATE TABLE answer (
    id         uuid PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    principal  text NOT NULL,
    role       text NOT NULL,
    asked      text NOT NULL,
    waybill_id integer REFERENCES waybill,
    reply      text NOT NULL,
    content    jsonb NOT NULL
);
CREATE INDEX answer_at ON answer USING brin (at);
CREATE INDEX answer_waybill ON answer (waybill_id, at);
CREATE TRIGGER answer_is_immutable BEFORE UPDATE ON answer FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE answer IS 'What was said to a question, whole, so that it can be shown again.';
COMMENT ON COLUMN answer.reply IS 'Which of the replies: shipment.reply.Case.';

CREATE TABLE query (
    id            uuid PRIMARY KEY,
    number        text NOT NULL UNIQUE,
    asked_at      timestamptz NOT NULL,
    channel       text NOT NULL CHECK (channel IN ('phone', 'web', 'email', 'social', 'sms', 'app', 'im')),
    urgent        boolean NOT NULL,
    asker         text NOT NULL DEFAULT '',
    contact       text NOT NULL DEFAULT '',
    asked         text NOT NULL,
    question      text NOT NULL DEFAULT '',
    waybill_id    integer REFERENCES waybill,
    customer_id   integer REFERENCES party,
    state         text NOT NULL CHECK (state IN ('new', 'routed', 'answered', 'replied', 'closed')),
    department    text NOT NULL CHECK (department IN ('service', 'dispatch', 'warehouse')),
    handler       text,
    answer_id     uuid REFERENCES answer,
    finding       text NOT NULL DEFAULT '',
    source        text NOT NULL DEFAULT '',
    reply         text NOT NULL DEFAULT '',
    reply_channel text,
    routed_at     timestamptz,
    answered_at   timestamptz,
    replied_at    timestamptz,
    closed_at     timestamptz,
    remind_at     timestamptz,
    reminded      integer NOT NULL DEFAULT 0,
    author        text NOT NULL
);
CREATE INDEX query_open ON query (asked_at) WHERE state <> 'closed';
CREATE INDEX query_waybill ON query (waybill_id, asked_at);
CREATE INDEX query_asked ON query (asked_at);
COMMENT ON TABLE query IS 'Questions of customers, from the asking to the reply.';
COMMENT ON COLUMN query.finding IS 'The result, and source where it is from: gps, node, person, carrier.';

CREATE TABLE query_entry (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    query_id uuid NOT NULL REFERENCES query ON DELETE CASCADE,
    at       timestamptz NOT NULL DEFAULT now(),
    act      text NOT NULL,
    author   text NOT NULL,
    detail   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX query_entry_query ON query_entry (query_id, id);
CREATE TRIGGER query_entry_is_immutable BEFORE UPDATE ON query_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE share (
    id         uuid PRIMARY KEY,
    digest     bytea NOT NULL UNIQUE,
    waybill_id integer NOT NULL REFERENCES waybill ON DELETE CASCADE,
    note       text NOT NULL DEFAULT '',
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_by text,
    views      bigint NOT NULL DEFAULT 0,
    viewed_at  timestamptz
);
CREATE INDEX share_waybill ON share (waybill_id);
COMMENT ON COLUMN share.digest IS 'SHA-256 of the token in the link, which is shown once.';
COMMENT ON COLUMN share.expires_at IS 'At the latest; it also ends 24 h after the delivery.';

CREATE TABLE detector (
    kind      text PRIMARY KEY,
    enabled   boolean NOT NULL DEFAULT true,
    limits    jsonb NOT NULL DEFAULT '{}',
    severity  smallint CHECK (severity BETWEEN 1 AND 4),
    revision  integer NOT NULL DEFAULT 1,
    author    text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE detector IS 'Where the limits of a detector differ from those it comes with.';

CREATE TABLE alert (
    id              uuid PRIMARY KEY,
    kind            text NOT NULL,
    subject_kind    text NOT NULL CHECK (subject_kind IN ('vehicle', 'trip', 'waybill', 'device')),
    subject         text NOT NULL,
    episode         text NOT NULL,
    severity        smallint NOT NULL CHECK (severity BETWEEN 1 AND 4),
    state           text NOT NULL CHECK (state IN ('open', 'acknowledged', 'closed')),
    began_at        timestamptz NOT NULL,
    opened_at       timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    closed_at       timestamptz,
    closed_how      text CHECK (closed_how IN ('over', 'person', 'disproved')),
    closed_why      text,
    acknowledged_at timestamptz,
    acknowledged_by text,
    assigned_to     text,
    snoozed_until   timestamptz,
    escalated_at    timestamptz,
    vehicle_id      integer REFERENCES vehicle,
    trip_id         integer REFERENCES trip,
    waybill_id      integer REFERENCES waybill,
    site_id         integer REFERENCES site,
    party_id        integer REFERENCES party,
    facts           jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT alert_once UNIQUE (kind, subject_kind, subject, episode)
);
CREATE INDEX alert_list ON alert (severity, opened_at) WHERE state <> 'closed';
CREATE INDEX alert_opened ON alert (opened_at);
CREATE INDEX alert_trip ON alert (trip_id) WHERE trip_id IS NOT NULL;
CREATE INDEX alert_waybill ON alert (waybill_id) WHERE waybill_id IS NOT NULL;
CREATE INDEX alert_vehicle ON alert (vehicle_id) WHERE state <> 'closed';
COMMENT ON TABLE alert IS 'Something that somebody should act on: one per subject and episode.';
COMMENT ON COLUMN alert.episode IS 'When what it tells of began, and at which stop: the same whenever it is found.';
COMMENT ON COLUMN alert.severity IS '1 safety or loss, 2 late or stalled, 3 at risk or off route, 4 to be known.';
COMMENT ON COLUMN alert.party_id IS 'Of the vehicle or the waybill: whose it is.';

CREATE TABLE alert_entry (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    change_id bigint NOT NULL UNIQUE,
    alert_id  uuid NOT NULL REFERENCES alert ON DELETE CASCADE,
    at        timestamptz NOT NULL DEFAULT now(),
    act       text NOT NULL,
    author    text,
    note      text NOT NULL DEFAULT '',
    severity  smallint NOT NULL
);
CREATE INDEX alert_entry_alert ON alert_entry (alert_id, id);
CREATE TRIGGER alert_entry_is_immutable BEFORE UPDATE ON alert_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE alert_entry IS 'The life of an alert: opened, worse, acknowledged, assigned, snoozed, escalated, closed, disproved, reopened.';

CREATE TABLE driving (
    vehicle_id integer PRIMARY KEY REFERENCES vehicle,
    read_to    timestamptz NOT NULL,
    format     smallint NOT NULL,
    body       bytea NOT NULL
);
COMMENT ON TABLE driving IS 'What the detectors of speed and fatigue remember of a vehicle.';

CREATE TABLE driving_due (
    vehicle_id integer PRIMARY KEY REFERENCES vehicle,
    from_time  timestamptz NOT NULL
);
COMMENT ON TABLE driving_due IS 'Vehicles that were folded again: what is remembered of their driving is to be made anew, from before that time.';

CREATE FUNCTION retrace() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO driving_due (vehicle_id, from_time) VALUES (OLD.vehicle_id, OLD.from_time)
    ON CONFLICT (vehicle_id) DO UPDATE SET from_time = least(driving_due.from_time, excluded.from_time);
    RETURN NULL;
END
$$;
CREATE TRIGGER refold_retraces AFTER DELETE ON refold FOR EACH ROW EXECUTE FUNCTION retrace();

CREATE INDEX device_event_alarm ON device_event (time) WHERE kind IN ('sos', 'power_cut');

CREATE TABLE exception_report (
    id              uuid PRIMARY KEY,
    number          text NOT NULL UNIQUE,
    kind            text NOT NULL CHECK (kind IN ('delay', 'lost', 'damaged', 'info_error', 'refused', 'other')),
    detail          text NOT NULL DEFAULT '',
    severity        smallint NOT NULL CHECK (severity BETWEEN 1 AND 4),
    state           text NOT NULL CHECK (state IN ('received', 'contacted', 'reported', 'investigating', 'settled', 'closed')),
    waybill_id      integer REFERENCES waybill,
    trip_id         integer REFERENCES trip,
    vehicle_id      integer REFERENCES vehicle,
    alert_id        uuid REFERENCES alert,
    order_no        text NOT NULL DEFAULT '',
    site_id         integer REFERENCES site,
    found_at        timestamptz NOT NULL,
    description     text NOT NULL,
    files           uuid[] NOT NULL DEFAULT '{}',
    assigned_to     text,
    assigned_at     timestamptz,
    due_at          timestamptz NOT NULL,
    breached_at     timestamptz,
    cause           text,
    new_eta         timestamptz,
    told_customer_at timestamptz,
    claim_due_at    timestamptz,
    claimed_at      timestamptz,
    result          text,
    responsible     text,
    feedback        text,
    closed_at       timestamptz,
    closed_by       text,
    author          text NOT NULL,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    CHECK (state <> 'closed' OR (coalesce(result, '') <> '' AND coalesce(responsible, '') <> ''
                                AND coalesce(feedback, '') <> '' AND closed_at IS NOT NULL))
);
CREATE INDEX exception_open ON exception_report (severity, found_at) WHERE state <> 'closed';
CREATE INDEX exception_waybill ON exception_report (waybill_id);
CREATE INDEX exception_found ON exception_report (found_at);
CREATE UNIQUE INDEX exception_alert ON exception_report (alert_id) WHERE alert_id IS NOT NULL;
CREATE UNIQUE INDEX exception_delay_waybill ON exception_report (waybill_id)
    WHERE kind = 'delay' AND state <> 'closed' AND waybill_id IS NOT NULL;
CREATE UNIQUE INDEX exception_delay_trip ON exception_report (trip_id)
    WHERE kind = 'delay' AND state <> 'closed' AND waybill_id IS NULL AND trip_id IS NOT NULL;
COMMENT ON TABLE exception_report IS 'What went wrong with goods, as it stands; what was done is exception_entry.';
COMMENT ON COLUMN exception_report.due_at IS 'By then it is handed over to somebody: 30 minutes after it was found.';
COMMENT ON COLUMN exception_report.detail IS 'Of info_error: wrong_binding, wrong_address.';

CREATE TABLE exception_entry (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id uuid NOT NULL REFERENCES exception_report,
    at        timestamptz NOT NULL DEFAULT now(),
    act       text NOT NULL,
    author    text NOT NULL,
    before    jsonb NOT NULL DEFAULT '{}',
    after     jsonb NOT NULL DEFAULT '{}',
    note      text NOT NULL DEFAULT ''
);
CREATE INDEX exception_entry_report ON exception_entry (report_id, id);
CREATE TRIGGER exception_entry_is_immutable BEFORE UPDATE OR DELETE ON exception_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER exception_entry_is_kept BEFORE TRUNCATE ON exception_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER exception_report_is_kept BEFORE DELETE ON exception_report FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE exception_entry IS 'The ledger: every act on every report, only ever added to.';

CREATE TABLE channel (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    kind       text NOT NULL CHECK (kind IN ('apprise', 'webhook')),
    name       text NOT NULL,
    address    text NOT NULL,
    secret     text,
    enabled    boolean NOT NULL DEFAULT true,
    failing_since timestamptz,
    disabled_why text,
    author     text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE channel IS 'Ways to reach people and systems.';
COMMENT ON COLUMN channel.address IS 'Of a webhook its URL; else an Apprise URL, in which {to} stands for the recipient''s address.';
COMMENT ON COLUMN channel.secret IS 'Of a webhook: whsec_...; shown once, never told again.';

CREATE TABLE notice_rule (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    name       text NOT NULL,
    enabled    boolean NOT NULL DEFAULT true,
    topics     text[] NOT NULL,
    least      smallint NOT NULL DEFAULT 4 CHECK (least BETWEEN 1 AND 4),
    customers  text[] NOT NULL DEFAULT '{}',
    origins    text[] NOT NULL DEFAULT '{}',
    destinations text[] NOT NULL DEFAULT '{}',
    channel_id integer NOT NULL REFERENCES channel,
    to_kind    text NOT NULL CHECK (to_kind IN ('role', 'person', 'consignee', 'customer', 'address', 'system')),
    recipient  text NOT NULL DEFAULT '',
    language   text NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en', 'both')),
    hours      jsonb NOT NULL DEFAULT '[]',
    quiet      boolean NOT NULL DEFAULT true,
    digest_minutes integer NOT NULL DEFAULT 0 CHECK (digest_minutes >= 0),
    author     text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE notice_rule IS 'Who is told what, by which channel.';
COMMENT ON COLUMN notice_rule.topics IS 'fleet.notices.Topic, or alert kinds as alert.<kind>; a trailing * takes all that begin so.';
COMMENT ON COLUMN notice_rule.least IS 'Of alerts and exceptions: severities up to this number.';
COMMENT ON COLUMN notice_rule.hours IS '[{days, opens, closes, zone}], as fleet.fences.Hours, in which it holds; none: always.';
COMMENT ON COLUMN notice_rule.quiet IS 'It waits through the quiet hours, unless it is of severity 1.';
COMMENT ON COLUMN notice_rule.digest_minutes IS 'Gathered and sent together so often; 0 at once.';

CREATE TABLE notice (
    id           uuid PRIMARY KEY,
    key          text NOT NULL UNIQUE,
    topic        text NOT NULL,
    subject_kind text NOT NULL,
    subject      text NOT NULL,
    transition   text NOT NULL,
    severity     smallint NOT NULL,
    rule_id      integer REFERENCES notice_rule ON DELETE SET NULL,
    channel_id   integer NOT NULL REFERENCES channel,
    recipient    text NOT NULL,
    address      text NOT NULL,
    body         jsonb NOT NULL,
    happened_at  timestamptz NOT NULL,
    language     text NOT NULL,
    zone         text NOT NULL DEFAULT '',
    quiet        boolean NOT NULL DEFAULT false,
    delay        boolean NOT NULL DEFAULT false,
    digest_minutes integer NOT NULL DEFAULT 0,
    corrects     uuid REFERENCES notice,
    digest_id    uuid REFERENCES notice,
    state        text NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'cancelled', 'gathered')),
    due_at       timestamptz NOT NULL,
    claimed_until timestamptz,
    tries        integer NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL DEFAULT now(),
    sent_at      timestamptz
);
CREATE INDEX notice_due ON notice (channel_id, due_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX notice_subject ON notice (subject_kind, subject, created_at);
CREATE INDEX notice_corrects ON notice (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX notice_digest ON notice (digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX notice_created ON notice (created_at);
COMMENT ON TABLE notice IS 'The outbox: one row per subject, transition and recipient, written with what it tells of.';
COMMENT ON COLUMN notice.key IS 'topic|subject|transition|recipient|channel: the same again is no second notice.';
COMMENT ON COLUMN notice.body IS '{zh: {title, text}, en: {title, text}, data}; data goes to systems.';
COMMENT ON COLUMN notice.corrects IS 'The notice that turned out wrong.';
COMMENT ON COLUMN notice.recipient IS 'person:<name>, role:<role>, customer:<code>, consignee, address:<it>, system.';
COMMENT ON COLUMN notice.zone IS 'IANA, of the recipient''s place; empty: the installation''s.';
COMMENT ON COLUMN notice.due_at IS 'From then on it may be sent; while it is being sent the same as claimed_until, when others may take it.';
COMMENT ON COLUMN notice.delay IS 'About a delay, to a customer or consignee: at most one in two hours.';
COMMENT ON COLUMN notice.digest_id IS 'Of a gathered one: the notice that it was sent in.';

CREATE TABLE notice_try (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notice_id uuid NOT NULL REFERENCES notice ON DELETE CASCADE,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    ok        boolean NOT NULL,
    status    integer,
    detail    text NOT NULL DEFAULT '',
    seconds   real,
    unknown   boolean NOT NULL DEFAULT false
);
CREATE INDEX notice_try_notice ON notice_try (notice_id, id);
CREATE TRIGGER notice_try_is_immutable BEFORE UPDATE ON notice_try FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE notice_try IS 'The log of deliveries: every attempt.';
COMMENT ON COLUMN notice_try.unknown IS 'It may have been taken all the same: the answer, or the sender, was lost.';

CREATE TABLE job (
    name    text PRIMARY KEY,
    done_to timestamptz NOT NULL
);
COMMENT ON TABLE job IS 'How far what is done by the calendar has got.';

CREATE FUNCTION within_reach(the_vehicle integer, the_reach text, the_sites text[], the_driver text)
RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE the_reach
        WHEN 'all' THEN true
        WHEN 'active' THEN EXISTS (SELECT FROM trip_of(the_vehicle))
        WHEN 'legs' THEN EXISTS (SELECT FROM trip_of(the_vehicle))
        WHEN 'own' THEN EXISTS (SELECT FROM trip_of(the_vehicle) t
                                WHERE the_driver <> '' AND t.driver = the_driver)
        WHEN 'inbound' THEN EXISTS (
            SELECT FROM trip_of(the_vehicle) t
            JOIN vehicle_state s ON s.vehicle_id = the_vehicle
            WHERE t.place = ANY (the_sites)
              AND 2 * 6371008.8 * asin(sqrt(least(1, sin(radians(s.lat - t.lat) / 2) ^ 2
                  + cos(radians(s.lat)) * cos(radians(t.lat)) * sin(radians(s.lon - t.lon) / 2) ^ 2))) <= 50000)
        ELSE false
    END
$$;
COMMENT ON FUNCTION within_reach IS 'Whether a vehicle is inside a scope now: fleet.rights.Grant of positions.';

CREATE FUNCTION vehicles_within(the_reach text, the_sites text[], the_driver text)
RETURNS TABLE (vehicle_id integer)
LANGUAGE sql STABLE AS $$
    SELECT v.vehicle_id
    FROM (SELECT DISTINCT s.vehicle_id FROM trip_state s
          WHERE s.vehicle_id IS NOT NULL
            AND s.state NOT IN ('completed', 'closed', 'cancelled', 'aborted', 'assumed_completed')) v
    CROSS JOIN LATERAL trip_of(v.vehicle_id) t
    JOIN vehicle_state s ON s.vehicle_id = v.vehicle_id
    WHERE CASE the_reach
        WHEN 'active' THEN true
        WHEN 'legs' THEN true
        WHEN 'own' THEN the_driver <> '' AND t.driver = the_driver
        WHEN 'inbound' THEN t.place = ANY (the_sites)
            AND 2 * 6371008.8 * asin(sqrt(least(1, sin(radians(s.lat - t.lat) / 2) ^ 2
                + cos(radians(s.lat)) * cos(radians(t.lat)) * sin(radians(s.lon - t.lon) / 2) ^ 2))) <= 50000
        ELSE false
    END
$$;
COMMENT ON FUNCTION vehicles_within IS 'Vehicles for which within_reach is true, all at once; of reach all none.';

CREATE FUNCTION spans_of(the_vehicle integer, the_past text, the_driver text)
RETURNS TABLE (began timestamptz, ended timestamptz, driver text)
LANGUAGE sql STABLE AS $$
    SELECT greatest(a.valid_from, t.starts_at - interval '1 hour'),
           least(a.valid_to, coalesce(t.over_at, 'infinity')), a.driver
    FROM assignment a
    JOIN trip t ON t.id = a.trip_id
    WHERE a.vehicle_id = the_vehicle AND a.valid_from < a.valid_to AND t.starts_at IS NOT NULL
      AND CASE the_past
              WHEN 'trip' THEN t.over_at IS NULL OR t.over_at > now() - interval '30 days'
              WHEN 'own' THEN the_driver <> '' AND a.driver = the_driver
              WHEN 'legs' THEN true
              ELSE false
          END
$$;
COMMENT ON FUNCTION spans_of IS 'When a vehicle was on trips, as far as a scope may look back: fleet.rights.Grant of tracks.';

CREATE FUNCTION within_past(the_vehicle integer, the_time timestamptz, the_site text,
                            the_past text, the_sites text[], the_driver text)
RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE the_past
        WHEN 'all' THEN true
        WHEN 'none' THEN false
        WHEN 'inbound' THEN the_site = ANY (the_sites)
        ELSE EXISTS (SELECT FROM spans_of(the_vehicle, the_past, the_driver) s
                     WHERE the_time BETWEEN s.began AND s.ended)
    END
$$;
COMMENT ON FUNCTION within_past IS 'Whether what a vehicle did at a site and time is inside a scope; inbound: at one''s own sites.';

CREATE FUNCTION trip_within(the_trip integer, the_trips text, the_sites text[], the_driver text)
RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE the_trips
        WHEN 'all' THEN true
        WHEN 'legs' THEN true
        WHEN 'own' THEN EXISTS (SELECT FROM assignment a
                                WHERE a.trip_id = the_trip AND a.valid_from < a.valid_to
                                  AND the_driver <> '' AND a.driver = the_driver)
        WHEN 'inbound' THEN EXISTS (
            SELECT FROM plan_stop x JOIN site ON site.id = x.site_id
            WHERE x.trip_id = the_trip AND site.code = ANY (the_sites)
              AND x.revision = (SELECT max(revision) FROM plan WHERE plan.trip_id = the_trip))
        ELSE false
    END
$$;
COMMENT ON FUNCTION trip_within IS 'Whether a trip is inside a scope, beside whose vehicle it is: fleet.rights.Grant of estimates.';

CREATE FUNCTION waybill_within(the_waybill integer, the_waybills text, the_sites text[], the_parties text[])
RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE the_waybills
        WHEN 'all' THEN true
        WHEN 'inbound' THEN EXISTS (
            SELECT FROM waybill w JOIN site ON site.id IN (w.origin_id, w.destination_id)
            WHERE w.id = the_waybill AND site.code = ANY (the_sites)
            UNION ALL
            SELECT FROM leg l JOIN site ON site.id IN (l.from_id, l.to_id)
            WHERE l.waybill_id = the_waybill AND site.code = ANY (the_sites))
        WHEN 'legs' THEN EXISTS (
            SELECT FROM ride r
            JOIN vehicle v ON v.id = r.vehicle_id
            JOIN party p ON p.id = v.party_id
            WHERE r.waybill_id = the_waybill AND p.code = ANY (the_parties)
            UNION ALL
            SELECT FROM leg l
            JOIN booking b ON b.leg_id = l.id AND b.valid_from < b.valid_to
            JOIN assignment a ON a.trip_id = b.trip_id AND a.valid_from < a.valid_to
            JOIN vehicle v ON v.id = a.vehicle_id
            JOIN party p ON p.id = v.party_id
            WHERE l.waybill_id = the_waybill AND p.code = ANY (the_parties))
        ELSE false
    END
$$;
COMMENT ON FUNCTION waybill_within IS 'Whether a waybill is inside a scope, beside whose it is: inbound of one''s own sites, legs by one''s own vehicles.';

CREATE FUNCTION alert_within(the_alert alert, of_vehicle boolean, of_customer boolean, is_everything boolean,
                             the_trips text, the_waybills text, the_sites text[], the_parties text[],
                             the_driver text)
RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE the_alert.subject_kind
        WHEN 'waybill' THEN of_customer
            AND waybill_within(the_alert.waybill_id, the_waybills, the_sites, the_parties)
        WHEN 'trip' THEN of_vehicle
            AND trip_within(the_alert.trip_id, the_trips, the_sites, the_driver)
        WHEN 'vehicle' THEN (is_everything AND NOT EXISTS (
                SELECT FROM vehicle v
                WHERE v.id = the_alert.vehicle_id AND v.private AND the_alert.severity > 1))
            OR (of_vehicle AND the_alert.trip_id IS NOT NULL)
        ELSE is_everything OR (of_vehicle AND the_alert.trip_id IS NOT NULL)
    END
$$;
COMMENT ON FUNCTION alert_within IS 'Whether an alert is inside a scope that knows its vehicle''s owner, or its waybill''s customer, or everything.';

CREATE TABLE purge (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL DEFAULT now(),
    what   text        NOT NULL,
    before timestamptz NOT NULL,
    rows   bigint      NOT NULL,
    rule   text        NOT NULL DEFAULT '',
    subject text       NOT NULL DEFAULT ''
);
COMMENT ON TABLE purge IS 'What retention and erasures removed or rewrote, when, and up to which time; only ever added to.';
COMMENT ON COLUMN purge.rule IS 'By which rule of the retention profile, or `erasure`.';
COMMENT ON COLUMN purge.subject IS 'Of an erasure: the pseudonym that stands for the person now.';

-- Operations and security.

-- delivery

CREATE TABLE message_seen (
    device_id integer        NOT NULL REFERENCES device ON DELETE CASCADE,
    hour      timestamptz    NOT NULL,
    dated     boolean        NOT NULL,
    numbers   int8multirange NOT NULL,
    PRIMARY KEY (device_id, hour, dated)
);
COMMENT ON TABLE message_seen IS 'Numbers of messages that came, of terminals that number theirs, by hour: what is missing between them was lost on the way.';
COMMENT ON COLUMN message_seen.hour IS 'Of the message''s newest fix; where it has none, of its arrival.';
COMMENT ON COLUMN message_seen.dated IS 'False: the messages have no fix that dates them; their numbers are not missing, whenever that was.';

CREATE TABLE device_unconfirmed (
    device_id integer     PRIMARY KEY REFERENCES device ON DELETE CASCADE,
    messages  bigint      NOT NULL,
    last_at   timestamptz NOT NULL
);
COMMENT ON TABLE device_unconfirmed IS 'Devices that publish with QoS 0: nobody confirms their messages, so any of them may be lost.';

-- identity

COMMENT ON COLUMN device.pbkdf2 IS 'The same password as Mosquitto keeps it; NULL where it was made before both were kept.';
COMMENT ON COLUMN device.next_credential IS 'What takes over at next_from; until then the old password is good.';
COMMENT ON COLUMN device.revoked_at IS 'Since when it may not connect, whatever it shows; NULL: it may, if it can prove who it is.';

CREATE TABLE device_certificate (
    fingerprint text        PRIMARY KEY CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
    device_id   integer     NOT NULL REFERENCES device ON DELETE CASCADE,
    serial      text        NOT NULL,
    subject     text        NOT NULL,
    not_before  timestamptz NOT NULL,
    not_after   timestamptz NOT NULL,
    added_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz
);
CREATE INDEX device_certificate_of ON device_certificate (device_id);
CREATE UNIQUE INDEX device_certificate_one_subject ON device_certificate (subject) WHERE revoked_at IS NULL;
COMMENT ON TABLE device_certificate IS 'Certificates by which devices may connect; the key is the SHA-256 of the whole certificate.';
COMMENT ON COLUMN device_certificate.subject IS 'As the broker writes it; by it the embedded broker tells certificates apart.';

CREATE TABLE device_refusal (
    device_id integer     REFERENCES device ON DELETE CASCADE,
    kind      text        NOT NULL CHECK (kind IN ('publish', 'subscribe', 'login', 'tls')),
    count     bigint      NOT NULL,
    first_at  timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,
    detail    text        NOT NULL,
    UNIQUE NULLS NOT DISTINCT (device_id, kind)
);
COMMENT ON TABLE device_refusal IS 'What the broker refused a device, counted by kind; without a device: strangers.';
COMMENT ON COLUMN device_refusal.detail IS 'Of the newest: the topic, or the name it came by.';

-- gate

CREATE TABLE browser (
    digest       bytea NOT NULL,
    person_id    integer NOT NULL REFERENCES person,
    failures     integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    seen_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (digest, person_id)
);
CREATE INDEX browser_person ON browser (person_id);
COMMENT ON TABLE browser IS 'Browsers from which a person has signed in: wrong passwords are counted by each, so that no stranger locks its owner out.';
COMMENT ON COLUMN browser.digest IS 'SHA-256 of its cookie''s token.';

CREATE FUNCTION next_failure(INOUT failures integer, INOUT locked_until timestamptz,
                             free integer, first interval, longest interval)
LANGUAGE sql STABLE AS $$
    SELECT n.failures, CASE WHEN n.failures >= free
        THEN now() + least(longest, first * power(2, least(n.failures - free, 16))) END
    FROM (SELECT CASE WHEN locked_until < now() - interval '1 day' THEN 1 ELSE failures + 1 END) n (failures)
$$;
COMMENT ON FUNCTION next_failure IS 'How wrong passwords stand after one more: from the last free one on each doubles the pause; a day after the last pause all are forgotten.';

-- privacy

CREATE FUNCTION refuse_always() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER purge_is_immutable BEFORE UPDATE OR DELETE ON purge FOR EACH ROW EXECUTE FUNCTION refuse_always();
CREATE TRIGGER purge_is_kept BEFORE TRUNCATE ON purge FOR EACH STATEMENT EXECUTE FUNCTION refuse_always();
CREATE INDEX purge_at ON purge (at, id);

CREATE TABLE audit_anchor (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    link_id  bigint NOT NULL,
    chain    bytea  NOT NULL,
    purge_id bigint NOT NULL REFERENCES purge
);
CREATE TRIGGER audit_anchor_is_immutable BEFORE UPDATE OR DELETE ON audit_anchor FOR EACH ROW EXECUTE FUNCTION refuse_always();
CREATE TRIGGER audit_anchor_is_kept BEFORE TRUNCATE ON audit_anchor FOR EACH STATEMENT EXECUTE FUNCTION refuse_always();
COMMENT ON TABLE audit_anchor IS 'Where the chain of the trail begins since its oldest rows were removed: the last link that went.';

CREATE TABLE audit_rewrite (
    purge_id bigint NOT NULL REFERENCES purge,
    audit_id bigint NOT NULL,
    digest   bytea  NOT NULL,
    PRIMARY KEY (purge_id, audit_id)
);
CREATE INDEX audit_rewrite_audit ON audit_rewrite (audit_id, purge_id);
CREATE TRIGGER audit_rewrite_is_immutable BEFORE UPDATE OR DELETE ON audit_rewrite FOR EACH ROW EXECUTE FUNCTION refuse_always();
CREATE TRIGGER audit_rewrite_is_kept BEFORE TRUNCATE ON audit_rewrite FOR EACH STATEMENT EXECUTE FUNCTION refuse_always();
COMMENT ON TABLE audit_rewrite IS 'Rows of the trail in which an erasure has replaced words, and their SHA-256 since; the erasure''s own row seals them.';

CREATE TABLE legal_hold (
    id        uuid PRIMARY KEY,
    kind      text NOT NULL CHECK (kind IN ('person', 'waybill', 'trip')),
    subject   text NOT NULL,
    reason    text NOT NULL,
    author    text NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    lifted_at timestamptz,
    lifted_by text
);
CREATE UNIQUE INDEX legal_hold_once ON legal_hold (kind, subject) WHERE lifted_at IS NULL;
COMMENT ON TABLE legal_hold IS 'What is neither purged nor erased until the hold is lifted: a claim, a lawsuit.';

CREATE FUNCTION is_held(the_kind text, the_subject text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM legal_hold h
                   WHERE h.kind = the_kind AND h.subject = the_subject AND h.lifted_at IS NULL)
$$;

CREATE FUNCTION off_trip(the_vehicle integer, the_time timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM vehicle v WHERE v.id = the_vehicle AND v.private)
       AND NOT EXISTS (SELECT FROM spans_of(the_vehicle, 'legs', '') s
                       WHERE the_time BETWEEN s.began AND s.ended)
$$;
COMMENT ON FUNCTION off_trip IS 'Whether a private vehicle was on none of its trips then: what it did is nobody''s business.';

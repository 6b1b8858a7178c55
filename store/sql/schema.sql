-- What the database is.  How it got there: migrations/, which a test proves equal to this.
-- Instants are UTC.  Units are SI; degrees are WGS 84.  Integer keys never leave the store.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE installation (
    one            boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch          uuid   NOT NULL DEFAULT gen_random_uuid(),
    world_revision bigint NOT NULL DEFAULT 1,
    feed_floor     bigint NOT NULL DEFAULT 0,
    zone           text   NOT NULL DEFAULT 'UTC',
    fence_revision bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE installation IS 'One row: what there is one of per installation.';
COMMENT ON COLUMN installation.epoch IS 'Part of every cursor; a restore renews it, so that old cursors are refused.';
COMMENT ON COLUMN installation.world_revision IS 'Rises with every edit of devices, vehicles, bindings, fences; a commit checks it.';
COMMENT ON COLUMN installation.feed_floor IS 'Highest change number that was removed; cursors below it have missed something.';
COMMENT ON COLUMN installation.zone IS 'IANA zone for calendar rules that no site decides.';
COMMENT ON COLUMN installation.fence_revision IS 'Rises with every edit of a fence; readers fetch the versions touched since.';
INSERT INTO installation DEFAULT VALUES;

CREATE TABLE party (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code    text NOT NULL UNIQUE,
    name_zh text NOT NULL,
    name_en text NOT NULL
);
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
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN vehicle.party_id IS 'Whose vehicle it is; NULL is seen only by an unrestricted scope.';

CREATE TABLE device (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9_-]{1,64}$'),
    credential text,
    created_at timestamptz NOT NULL DEFAULT now()
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

CREATE TABLE purge (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL DEFAULT now(),
    what   text        NOT NULL,
    before timestamptz NOT NULL,
    rows   bigint      NOT NULL
);
COMMENT ON TABLE purge IS 'What maintenance removed, when, and up to which time.';

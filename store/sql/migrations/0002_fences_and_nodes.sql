ALTER TABLE installation ADD COLUMN fence_revision bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN installation.fence_revision IS 'Rises with every edit of a fence; readers fetch the versions touched since.';
COMMENT ON COLUMN installation.world_revision IS 'Rises with every edit of devices, vehicles, bindings, fences; a commit checks it.';
COMMENT ON TABLE site IS 'Places of business; fences belong to sites.';
COMMENT ON COLUMN change.kind IS 'positions: look at these vehicles'' states; node: the version of a node with this change number; world: devices, vehicles, sites, bindings or fences were edited; command: look at open commands.';

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

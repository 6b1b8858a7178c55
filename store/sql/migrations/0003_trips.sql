-- Trips: what was planned (never changed), what became of it, and what was expected of it.

ALTER TABLE installation ADD COLUMN trip_revision bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN installation.trip_revision IS 'Rises with every edit of a trip; readers fetch the trips touched since.';

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
    RAISE EXCEPTION '% is never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
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
RETURNS TABLE (code text, risk smallint, delay real, next_site text, next_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT t.code, s.risk, s.delay, n.code, CASE WHEN n.code IS NOT NULL THEN s.p50[1] END
    FROM trip_state s
    JOIN trip t ON t.id = s.trip_id
    LEFT JOIN LATERAL (
        SELECT site.code FROM plan_stop x JOIN site ON site.id = x.site_id
        WHERE x.trip_id = s.trip_id AND x.revision = s.plan AND x.number = s.first
    ) n ON s.no_estimate = 0
    WHERE s.vehicle_id = the_vehicle AND t.starts_at <= now() + interval '1 hour'
      AND s.state NOT IN ('completed', 'closed', 'cancelled', 'aborted', 'assumed_completed')
    ORDER BY s.state IN ('at_origin', 'en_route', 'at_stop', 'arrived_final') DESC,
             t.starts_at, t.id
    LIMIT 1
$$;
COMMENT ON FUNCTION trip_of IS 'The trip that a vehicle is on, in a word: under way first, else the next one whose tracking window is open.';

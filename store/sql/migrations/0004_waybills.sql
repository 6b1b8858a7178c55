-- Waybills and what is said of them: answers, shares, alerts, notices, exceptions, people.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

ALTER TABLE party ADD COLUMN short text UNIQUE CHECK (short ~ '^[A-Z]{2,4}$');
COMMENT ON COLUMN party.short IS 'What its waybill numbers begin with; NULL: it has none of its own.';

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
    chain    bytea NOT NULL
);
COMMENT ON TABLE audit_link IS 'One per audit row, in the order of commits.';
COMMENT ON COLUMN audit_link.chain IS 'SHA-256 over the chain of the link before and the audit row: one taken out or changed is noticed.';

CREATE FUNCTION audit_chain(before bytea, of audit) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT sha256(before || convert_to(concat_ws(E'\x1f', of.id, extract(epoch FROM of.at),
        of.principal, of.role, of.act, of.kind, of.subject, of.why, of.detail::text), 'UTF8'))
$$;

CREATE FUNCTION link_audit() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7305816231);
    INSERT INTO audit_link (audit_id, chain)
    SELECT NEW.id, audit_chain(coalesce((SELECT chain FROM audit_link ORDER BY id DESC LIMIT 1), ''), NEW);
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

DROP FUNCTION trip_of(integer);
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

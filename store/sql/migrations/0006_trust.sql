-- What operations and security need: numbered messages, identities of devices, retention and erasure.

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

ALTER TABLE device ADD COLUMN pbkdf2 text;
ALTER TABLE device ADD COLUMN next_credential text;
ALTER TABLE device ADD COLUMN next_pbkdf2 text;
ALTER TABLE device ADD COLUMN next_from timestamptz;
ALTER TABLE device ADD COLUMN revoked_at timestamptz;
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

ALTER TABLE vehicle ADD COLUMN private boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN vehicle.private IS 'Off its trips it is driven privately: where it is then is hidden, and soon forgotten.';
ALTER TABLE purge ADD COLUMN rule text NOT NULL DEFAULT '', ADD COLUMN subject text NOT NULL DEFAULT '';
COMMENT ON TABLE purge IS 'What retention and erasures removed or rewrote, when, and up to which time; only ever added to.';
COMMENT ON COLUMN purge.rule IS 'By which rule of the retention profile, or `erasure`.';
COMMENT ON COLUMN purge.subject IS 'Of an erasure: the pseudonym that stands for the person now.';
ALTER TABLE audit_link ADD COLUMN salt bytea;
COMMENT ON COLUMN audit_link.chain IS 'SHA-256 over the chain of the link before, the salt and the audit row: one taken out or changed is noticed.';
COMMENT ON COLUMN audit_link.salt IS 'So that nobody can find out by trying what stood in a row that an erasure has rewritten: it goes with the words.';

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger
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

CREATE OR REPLACE FUNCTION audit_text(of audit) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT convert_to(concat_ws(E'\x1f', of.id, extract(epoch FROM of.at),
        of.principal, of.role, of.act, of.kind, of.subject, of.why, of.detail::text), 'UTF8')
$$;

DROP FUNCTION audit_chain(bytea, audit);
CREATE FUNCTION audit_chain(before bytea, salt bytea, of audit) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT sha256(before || coalesce(salt, '') || audit_text(of))
$$;

CREATE OR REPLACE FUNCTION link_audit() RETURNS trigger
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

CREATE OR REPLACE FUNCTION rederive() RETURNS trigger
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

CREATE OR REPLACE FUNCTION alert_within(the_alert alert, of_vehicle boolean, of_customer boolean, is_everything boolean,
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

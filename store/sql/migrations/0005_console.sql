-- The dispatch console: groups of vehicles, numbers found by how they begin or end, and one rule of who
-- sees which alert.

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

CREATE INDEX waybill_begins ON waybill (number text_pattern_ops);
CREATE INDEX waybill_ends ON waybill (reverse(number) text_pattern_ops);

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
        ELSE is_everything OR (of_vehicle AND the_alert.trip_id IS NOT NULL)
    END
$$;
COMMENT ON FUNCTION alert_within IS 'Whether an alert is inside a scope that knows its vehicle''s owner, or its waybill''s customer, or everything.';

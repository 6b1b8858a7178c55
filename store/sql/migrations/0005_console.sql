-- The dispatch console: groups of vehicles, and numbers found by how they begin or end.

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

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

-- gate

-- privacy

"""The embedded stack: PostgreSQL and an MQTT broker as child processes."""

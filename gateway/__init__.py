"""MQTT in; decode, screen, fold, commit; then acknowledge.

The core (``nmea``, ``assemble``, ``screen``, ``pipeline``, ``world``) is pure.  ``inbox`` is
the door to the broker, ``service`` the one thread that writes.
"""

"""What can go wrong with the world.  Bad *input* is a value (``Reject``), never one of these.

* ``FleetError``

  * ``SettingInvalid``: a setting cannot be used; the process does not start.
  * ``StoreAway``: the database cannot be reached or refuses; retried by the shell.
  * ``BrokerAway``: the broker cannot be reached or refuses; retried by the shell.
  * ``StackBroken``: a child process of the embedded stack does not start or died.
  * ``NotFound``: a named thing does not exist (or is outside the reader's scope).
  * ``AlreadyExists``: a named thing exists already.
  * ``Invalid``: a value from a person is not usable; says where and why.
  * ``Conflict``: the request does not fit the state of things.
  * ``Forbidden``: the reader may not do that.
"""


class FleetError(Exception):
    """The root of all errors that Milepost raises on purpose."""


class SettingInvalid(FleetError):
    """A setting cannot be used."""


class StoreAway(FleetError):
    """The database cannot be reached or refuses to work."""


class BrokerAway(FleetError):
    """The MQTT broker cannot be reached or refuses to work."""


class StackBroken(FleetError):
    """A child process of the embedded stack does not start, or died."""


class NotFound(FleetError):
    """``kind`` named ``name`` does not exist, or is outside the reader's scope."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} {name!r}")
        self.kind, self.name = kind, name


class AlreadyExists(FleetError):
    """``kind`` named ``name`` exists already."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"{kind} {name!r} exists already")
        self.kind, self.name = kind, name


class Invalid(FleetError):
    """A value from a person is not usable: ``where`` names the field, ``why`` says what."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


class Conflict(FleetError):
    """The request does not fit the state of things."""


class Forbidden(FleetError):
    """The reader may not do that."""

"""The embedded stack: PostgreSQL and an MQTT broker as child processes that die with us.

Both come as wheels; nothing is installed on the system, nothing needs docker or root.
Whoever has servers already sets MILEPOST_DATABASE_URL and MILEPOST_BROKER_URL instead.
"""

from milepost.stack.nats import Broker
from milepost.stack.natsconf import BENCH, GATEWAY, OPERATOR, BrokerOptions
from milepost.stack.postgres import Postgres, PostgresOptions
from milepost.stack.stack import (
    AUTHORITY,
    DEFAULT_FOLDER,
    Running,
    Stack,
    StackOptions,
    find_running,
)

__all__ = [
    "AUTHORITY",
    "BENCH",
    "DEFAULT_FOLDER",
    "GATEWAY",
    "OPERATOR",
    "Broker",
    "BrokerOptions",
    "Postgres",
    "PostgresOptions",
    "Running",
    "Stack",
    "StackOptions",
    "find_running",
]

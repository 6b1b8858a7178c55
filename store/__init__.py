"""Everything that is kept: all SQL of Milepost, and the only importer of psycopg.

The house rule: a module is a subject (``vehicles``, ``dead_letters``, ``feed``), a function
is a question or an act, its statement stands under the same subject in ``sql/<module>.sql``,
and records of ``fleet`` go in and come out.  Integer keys stay in here; the two exceptions,
the keys of ``feed`` and of ``world``, are opaque numbers that a process may hold but not
show.  Every function takes an open connection from ``store.database``; one that writes does
not commit, so that its caller says what belongs together (``with conn.transaction():``).
Every read that a person can reach takes a ``Scope``.

Only ``partitions`` knows whether the server has TimescaleDB.
"""

from store.database import Database

__all__ = ["Database"]

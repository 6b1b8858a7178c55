"""The back-test: recorded journeys replayed as they were received, and how right the ETA was.

A **journey** is one trip of one vehicle on one day, with its plan.  A **passage** is the
moment at which a journey was at one of its stops: the truth.  A **pair** is one question, asked
at a moment of the journey about a later stop of it; the model and every **baseline** answer
the same pairs, from what had been received by then.

``capmetro``, ``madison``, ``kandy`` and ``own`` read recordings into a ``sets.DataSet``;
``baselines`` and ``replay`` answer; ``figures`` compares; ``report`` and ``plot`` show it.
"""

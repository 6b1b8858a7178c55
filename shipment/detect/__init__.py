"""Detectors: pure functions that find episodes of what is wrong (domain rules 3.9).

Each looks at facts of one moment and remembers nothing but what it is given; an episode has the
same name whenever it is found.  A limit is reached when it is reached: exactly at the limit an
episode holds, one second before it does not; a due time is passed one second after it.
"""

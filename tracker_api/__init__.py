"""REST, the live socket, and the console's files.

Everything that reads takes a ``Scope``; every call of the store is synchronous and happens
on a worker thread, the live stream alone lives on the event loop.

The application is not imported here: every process of the product reads the settings of the
API, and building its routes takes longer than all else of a start.
"""

from tracker_api.settings import Api, Live

__all__ = ["Api", "Live"]

"""REST, the live socket, and the console's files.

Everything that reads takes a ``Scope``; every call of the store is synchronous and happens
on a worker thread, the live stream alone lives on the event loop.
"""

from tracker_api.app import create_app, openapi
from tracker_api.serve import serve
from tracker_api.settings import Api, Live

__all__ = ["Api", "Live", "create_app", "openapi", "serve"]

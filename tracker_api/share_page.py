"""The page behind a link: the same file for every link, whether it leads anywhere or not.

What it shows it asks of ``/api/v1/shared``, so that this answer tells nobody which links exist.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from tracker_api import static
from tracker_api.runtime import runtime_of

PAGE = "share.html"

#: Of everything that a link leads to: found by nobody, kept by nobody, told to nobody.
UNSEEN = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

#: Where it is; everything after it is the secret.
PATH = "/s/{token}"


def share_page(request: Request) -> Response:
    """The page; the token in its address is read by its script alone."""
    page = runtime_of(request).settings.console / PAGE
    if not page.is_file():
        return HTMLResponse(static.MISSING, 503, UNSEEN)
    return FileResponse(page, headers=UNSEEN, media_type="text/html")

"""The page behind a link: the same file for every link, whether it leads anywhere or not.

What it shows it asks of ``/api/v1/shared``, so that this answer tells nobody which links exist.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse, Response

from tracker_api import static
from tracker_api.routes.parameters import Running

PAGE = "share.html"

#: Of everything that a link leads to: found by nobody, kept by nobody, told to nobody.
UNSEEN = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

router = APIRouter()


@router.get("/s/{token}", include_in_schema=False)
def share_page(token: str, running: Running) -> Response:
    """The page; ``token`` is read by its script alone."""
    del token
    page = running.settings.console / PAGE
    if not page.is_file():
        return HTMLResponse(static.MISSING, 503, UNSEEN)
    return FileResponse(page, headers=UNSEEN, media_type="text/html")

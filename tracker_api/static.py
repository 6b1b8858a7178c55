"""The console's files, with the headers that keep them honest.

Hashed assets never change and are kept for ever; ``index.html`` is asked for anew each
time, and stands for every path that is no file, since the console routes in the browser.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from tracker_api.settings import Api

#: Folder of the bundler's output whose file names contain a hash of the content.
ASSETS = "assets"

#: Types that the system's table often does not know or has wrong.
MEDIA_TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".pmtiles": "application/vnd.pmtiles",
    ".pbf": "application/x-protobuf",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".geojson": "application/geo+json",
}

#: First parts of paths that are never the console's.
SERVICE = frozenset({"api", "health", "metrics"})

#: What a page of ours never asks of a browser, so that nothing that gets into one can.
PERMISSIONS = ", ".join(
    f"{what}=()"
    for what in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)

FOR_EVER = "public, max-age=31536000, immutable"
ASK_ANEW = "no-cache"

MISSING = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Milepost</title>
<h1>The console is not built</h1>
<p>The API works; only the console's files are missing. Build them with <code>make setup</code>
in the project's folder, then reload this page.</p>
<h1 lang="zh">控制台尚未构建</h1>
<p lang="zh">接口可用。控制台文件缺失。请在项目目录运行 <code>make setup</code> 。
然后刷新本页。</p>
"""


def security_headers(settings: Api) -> dict[str, str]:
    """Headers of every answer: nothing is loaded from elsewhere but the map that is configured."""
    elsewhere = " ".join(_origins(settings))
    policy = {
        "default-src": "'self'",
        "worker-src": "'self' blob:",
        "img-src": f"'self' data: blob: {elsewhere}",
        "connect-src": f"'self' {elsewhere}",
        "style-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{k} {v}".strip() for k, v in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": PERMISSIONS,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


class Console(StaticFiles):
    """The bundle in ``folder``; says how to build it while it is missing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; there are no sockets here."""
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        await super().__call__(scope, receive, send)

    async def check_config(self) -> None:
        """Nothing to check: a missing folder has its own page."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, the index for a path of the console, or how to build it."""
        if path.partition("/")[0] in SERVICE:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"there is nothing at /{path}")
        index = self._folder / "index.html"
        if not index.is_file():
            return HTMLResponse(MISSING, 503, {"Cache-Control": "no-store"})
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            # A missing file with a suffix is a mistake; anything else is the console's route.
            if error.status_code != HTTPStatus.NOT_FOUND or Path(path).suffix:
                raise
            path = "index.html"
            response = await super().get_response(path, scope)
        _dress(response, path)
        return response


def tiles(path: Path) -> Response:
    """A file of map tiles; browsers ask for ranges of it.

    Raises:
        HTTPException: 404, it is not there (any more); the console then draws its own map.
    """
    if not path.is_file():
        raise HTTPException(HTTPStatus.NOT_FOUND, "the configured file of map tiles is not there")
    return FileResponse(path, media_type=MEDIA_TYPES[".pmtiles"])


def _dress(response: Response, path: str) -> None:
    hashed = path.partition("/")[0] == ASSETS
    response.headers["Cache-Control"] = FOR_EVER if hashed else ASK_ANEW
    media_type = MEDIA_TYPES.get(Path(path).suffix)
    if media_type is not None:
        response.headers["Content-Type"] = media_type


def _origins(settings: Api) -> list[str]:
    """Where the configured map loads from: the style's own origin, and the further ones."""
    origins = list(settings.basemap_origins)
    if settings.basemap_style is not None:
        url = urlsplit(settings.basemap_style)
        origins.insert(0, f"{url.scheme}://{url.netloc}")
    return [origin for origin in dict.fromkeys(origins) if "://" in origin]

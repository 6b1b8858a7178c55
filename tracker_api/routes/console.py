"""What the console must know before it draws."""

from __future__ import annotations

from fastapi import APIRouter

from tracker_api.auth import Reader
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running
from tracker_api.schemas import Basemap, ConsoleOut
from tracker_api.settings import Api

router = APIRouter(prefix=PREFIX, tags=["console"])

LANGUAGES = ["zh", "en"]
PMTILES_PATH = "/basemap.pmtiles"


@router.get("/console", operation_id="getConsole", responses=describe())
def get_console(_scope: Reader, running: Running) -> ConsoleOut:
    """Version, time zone, base map, languages."""
    return ConsoleOut(
        version=running.version,
        zone=running.zone,
        basemap=basemap(running.settings),
        languages=LANGUAGES,
    )


def basemap(settings: Api) -> Basemap:
    """The base map that is configured: an online style, a file of tiles, or the bundle's own."""
    if settings.basemap_style is not None:
        return Basemap(kind="style", url=settings.basemap_style)
    if settings.basemap_pmtiles is not None:
        return Basemap(kind="pmtiles", url=PMTILES_PATH)
    return Basemap(kind="bundled", url=None)

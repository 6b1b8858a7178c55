"""What the console must know before it draws."""

from __future__ import annotations

from fastapi import APIRouter

from fleet.fences import Datum
from tracker_api.auth import Reader
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running
from tracker_api.schemas import Basemap, ConsoleOut
from tracker_api.settings import Api

router = APIRouter(prefix=PREFIX, tags=["console"])

LANGUAGES = ["zh", "en"]
#: Beside the console's own map, `basemap.pmtiles`, which stays there to fall back on.
PMTILES_PATH = "/tiles.pmtiles"
#: What strangers' pages must know before they draw.
BASEMAP_PATH = "/basemap.json"


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
        return Basemap(
            kind="style",
            url=settings.basemap_style,
            datum=settings.basemap_datum,
            borders=settings.basemap_borders,
        )
    return own_basemap(settings)


def own_basemap(settings: Api) -> Basemap:
    """The base map without other machines: a file of tiles, or the bundle's own."""
    if settings.basemap_pmtiles is None or settings.basemap_style is not None:
        return Basemap(
            kind="bundled", url=None, datum=Datum.WGS84, borders=settings.basemap_borders
        )
    return Basemap(
        kind="pmtiles",
        url=PMTILES_PATH.removeprefix("/"),
        datum=settings.basemap_datum,
        borders=settings.basemap_borders,
    )

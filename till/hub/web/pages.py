"""All pages of the sale log in one list of routes."""

from datetime import tzinfo

from starlette.responses import FileResponse, Response
from starlette.routing import Route

from till.hub.office import Hub
from till.hub.web.day_pages import DayPages
from till.hub.web.log_pages import LogPages
from till.hub.web.owner_pages import OwnerPages
from till.hub.web.sign_in import SignInPages
from till.hub.web.site import HEADERS, STYLE, Site


def web_routes(hub: Hub, zone: tzinfo | None = None) -> list[Route]:
    """Return the routes of the sale log; times are shown in a zone, this machine's by default."""
    site = Site(hub, zone)

    async def style(_: object) -> Response:
        return FileResponse(STYLE, media_type="text/css", headers={**HEADERS, "Cache-Control": "max-age=3600"})

    return [
        Route("/style.css", style, methods=["GET"]),
        *SignInPages(site).routes(),
        *LogPages(site).routes(),
        *DayPages(site).routes(),
        *OwnerPages(site).routes(),
    ]

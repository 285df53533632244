"""The root of the API: what this is, and where to go on."""

from fastapi import APIRouter
from pydantic import BaseModel

from app.web.openapi import PREFIX, VERSION
from app.web.routing import Route

router = APIRouter(route_class=Route, tags=["index"])


class Index(BaseModel):
    """The API in short."""

    name: str = "Galley"
    version: str = VERSION
    articles: str = f"{PREFIX}/articles"
    tags: str = f"{PREFIX}/tags"
    series: str = f"{PREFIX}/series"
    search: str = f"{PREFIX}/search"
    site: str = f"{PREFIX}/site"
    feed: str = f"{PREFIX}/feed"
    users: str = f"{PREFIX}/users"
    login: str = f"{PREFIX}/auth/login"
    documentation: str = "/docs"
    openapi: str = f"{PREFIX}/openapi.json"
    health: str = "/health"


@router.get("/", summary="Say what this is", operation_id="root", include_in_schema=False)
@router.get(PREFIX, summary="Say what this is", operation_id="index")
async def index() -> Index:
    """Answer with the name, the version and the addresses to begin with."""
    return Index()

"""Pages of articles as everybody sees them, or who may; as the database has made JSON of them."""

from collections.abc import Set
from datetime import datetime

from app.core.config import Settings
from app.core.policy import Permission
from app.core.reading import Reads
from app.core.text import as_id
from app.features.pages import rules
from app.features.pages.errors import ArticleNotFound
from app.features.pages.repository import PageRepository
from app.features.pages.schemas import Kind, PageJson
from app.models import User


class PageService:
    """The rules of pages."""

    def __init__(self, reads: Reads, settings: Settings) -> None:
        """Take what runs statements, and the settings, which say what the site is."""
        self._pages = PageRepository(reads)
        self._settings = settings

    async def page(
        self,
        ref: str,
        include: Set[str],
        *,
        reader: User | None,
        at: datetime,
        checked: bool = True,
    ) -> PageJson:
        """Return the page of the article with this id, slug or former slug.

        Raise ArticleNotFound also where the reader may not see it, unless that is not `checked`.
        """
        id_, settings = as_id(ref), self._settings
        sees_all = None if reader is None else reader.may(Permission.EDIT_ANY)
        kind = Kind(id_ is not None, frozenset(include), sees_all, checked)
        arguments = {
            "ref": ref if id_ is None else id_,
            "reader": reader and reader.id,
            "at": at,
            "site_title": settings.site_title,
            "site_comments": settings.comments,
        }
        found = await self._pages.page(kind, arguments)
        if found is None:
            raise ArticleNotFound
        page, head = found
        seo = rules.seo(head, settings).model_dump_json()
        return PageJson(head.id, head.version, head.slug, f'{page[:-1]},"seo":{seo}}}')

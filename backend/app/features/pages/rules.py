"""What the head of an article's page says. No I/O."""

from urllib.parse import quote, urljoin

from app.core.config import Settings
from app.features.pages.schemas import Head
from app.features.site.rules import path_of
from app.features.site.schemas import OpenGraph, Seo, TwitterCard

SEE_ALL = "index,follow"
LARGE_CARD, SMALL_CARD = "summary_large_image", "summary"


def address(settings: Settings, slug: str) -> str:
    """Return the public address of an article."""
    return settings.site_url + path_of(quote(slug), settings.article_path)


def seo(head: Head, settings: Settings) -> Seo:
    """Return what the head of the article's page says, each value with its fallback resolved."""
    meta = head.meta
    title = meta.get("title") or head.title
    description = meta.get("description") or head.excerpt
    image = _absolute(settings, meta.get("og_image") or head.cover)
    twitter_image = _absolute(settings, meta.get("twitter_image")) or image
    og_title = meta.get("og_title") or title
    og_description = meta.get("og_description") or description
    url = head.canonical_url or address(settings, head.slug)
    return Seo(
        title=title,
        description=description,
        canonical_url=url,
        robots=meta.get("robots") or SEE_ALL,
        open_graph=OpenGraph(
            title=og_title,
            description=og_description,
            url=url,
            image=image,
            image_alt=head.cover_alt if image else None,
            locale=head.locale.replace("-", "_"),
            site_name=head.site_title,
            published_time=head.published_at,
            modified_time=head.updated_at,
            authors=head.authors,
            tags=head.tags,
        ),
        twitter=TwitterCard(
            card=meta.get("twitter_card") or (LARGE_CARD if twitter_image else SMALL_CARD),
            title=meta.get("twitter_title") or og_title,
            description=meta.get("twitter_description") or og_description,
            image=twitter_image,
        ),
    )


def _absolute(settings: Settings, place: str | None) -> str | None:
    return urljoin(f"{settings.site_url}/", place) if place else None

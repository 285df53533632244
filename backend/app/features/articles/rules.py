"""Who may read and edit what, and what the head of a page says: decisions without I/O."""

from datetime import datetime
from urllib.parse import quote, urljoin

from app.core.policy import Permission
from app.features.site.rules import path_of
from app.features.site.schemas import OpenGraph, Seo, SiteRead, TwitterCard
from app.models import Article, User

SEE_ALL = "index,follow"
LARGE_CARD, SMALL_CARD = "summary_large_image", "summary"


def may_edit(article: Article, user: User) -> bool:
    """Say whether this person may change and delete the article: its authors and editors may."""
    return user.id in article.author_ids or user.may(Permission.EDIT_ANY)


def may_read(article: Article, reader: User | None, at: datetime) -> bool:
    """Say whether the article exists for this reader: what is not public, only for who may edit."""
    return article.is_public(at) or (reader is not None and may_edit(article, reader))


def address(site: SiteRead, slug: str) -> str:
    """Return the public address of an article."""
    return site.url + path_of(quote(slug), site.article_path)


def seo(article: Article, site: SiteRead) -> Seo:
    """Return what the head of the article's page says, each value with its fallback resolved."""
    meta = article.seo
    title = meta.get("title") or article.title
    description = meta.get("description") or article.excerpt
    image = _absolute(site, meta.get("og_image") or article.cover)
    twitter_image = _absolute(site, meta.get("twitter_image")) or image
    og_title = meta.get("og_title") or title
    og_description = meta.get("og_description") or description
    url = article.canonical_url or address(site, article.slug)
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
            image_alt=article.cover_alt if image else None,
            locale=article.locale.replace("-", "_"),
            site_name=site.title,
            published_time=article.published_at,
            modified_time=article.updated_at,
            authors=[author.full_name or author.username for author in article.authors],
            tags=article.tag_names,
        ),
        twitter=TwitterCard(
            card=meta.get("twitter_card") or (LARGE_CARD if twitter_image else SMALL_CARD),
            title=meta.get("twitter_title") or og_title,
            description=meta.get("twitter_description") or og_description,
            image=twitter_image,
        ),
    )


def _absolute(site: SiteRead, place: str | None) -> str | None:
    return urljoin(f"{site.url}/", place) if place else None

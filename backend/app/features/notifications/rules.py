"""What a digest says, and about which time: decisions without I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote

from app.features.mail.schemas import Mail
from app.features.notifications.schemas import Digest
from app.features.site.rules import path_of
from app.features.site.schemas import SiteRead

TEMPLATE = "digest"
# So many lines has a digest at the most; the others are counted.
MOST_LINES = 20
# Who switches digests on, or comes back after a year, is not told of all that time by mail.
LOOKS_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a digest: so many of a kind, for an article if there is one."""

    kind: str
    number: int
    slug: str | None
    title: str | None


def begin_of(day: date) -> datetime:
    """Return the moment at which a day begins: who was sent a digest since then has had it."""
    return datetime.combine(day, time(), UTC)


def letter(digest: Digest, told: Sequence[Told], *, to: str, site: SiteRead) -> Mail:
    """Return the mail that brings a digest.

    Of what strangers type it has the titles of articles, and nothing else: no names, no comments.
    It is called the same each time it is sent.
    """
    lines = told[:MOST_LINES]
    total = _sum(told)
    return Mail(
        template=TEMPLATE,
        to=to,
        locale=site.locale,
        values={
            "site_title": site.title,
            "site_url": site.url,
            "total": str(total),
            "more": str(total - _sum(lines)),
            "lines": [_line(each, site) for each in lines],
        },
        id=f"{digest.account_id}-{digest.day:%Y%m%d}",
    )


def _line(told: Told, site: SiteRead) -> dict[str, str]:
    link = site.url + path_of(quote(told.slug), site.article_path) if told.slug else ""
    return {
        "kind": told.kind,
        "number": str(told.number),
        "title": told.title or "",
        "link": link,
    }


def _sum(told: Iterable[Told]) -> int:
    return sum(each.number for each in told)

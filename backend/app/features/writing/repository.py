"""The queries for writing articles."""

import json
import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.core.db import fetch, violated_constraint
from app.core.errors import Conflict, GalleyError, Unauthenticated
from app.core.reading import Statement, argument
from app.core.text import MAX_SLUG_LENGTH, as_id
from app.features.series.errors import SeriesNotFound
from app.features.writing.errors import SlugTaken, TranslationExists
from app.features.writing.schemas import RESERVED_SLUGS, Record, Slugs
from app.models import Address, Article, ArticleAuthor, ArticleTag, Revision, Series, Site

LONGEST_NUMBER = 9

# What is written of a new article, by attribute: all but what the database makes.
_COLUMNS = {
    name: column
    for name, column in Article.__mapper__.columns.items()
    if column.table is Article.__table__ and name not in {"id", "words"}
}
# What is said as JSON, of the article and of the revision beside it.
_JSON = ("seo", "toc", "state")
# Which of its fields are written beside it as well, and which of these with its address.
_ADDRESSED = frozenset({"slug", "published"})
_BESIDE = _ADDRESSED | {"tags", "authors"}
_NEEDED_BESIDE = (
    Article.id,
    Article.slug,
    Article.published,
    Article.version,
    Article.author_ids,
    Article.locale,
)


class WritingRepository:
    """Finds, locks and writes articles, with all that is kept beside them."""

    def __init__(self, session: AsyncSession, site_locale: str) -> None:
        """Take the session of the request or job, and the site's locale as the settings say it."""
        self._session = session
        self._site_locale = site_locale

    async def find(self, ref: str) -> Article | None:
        """Return the article with this id, slug or former slug, without its page."""
        article_id = as_id(ref)
        by_address = article_id is None
        query, sought = (_BY_ADDRESS, ref) if by_address else (_BY_ID, article_id)
        return (await self._session.scalars(query, {"ref": sought})).one_or_none()

    async def lock(
        self, article_id: int | None, *, original_id: int | None = None, slug: str | None = None
    ) -> Article | None:
        """Return an article as it is now, and keep others from changing it until the commit.

        With it are locked, in the order of ids, the original that it translates and what has the
        `slug` in the bin: both may be written to.
        """
        if original_id is None and slug is None:
            return (await self._session.scalars(_LOCKED, {"ref": article_id})).one_or_none()
        in_the_way = (Article.slug == slug) & Article.deleted_at.is_not(None)
        wanted = or_(Article.id.in_({article_id, original_id} - {None}), in_the_way)
        locked = _plain().where(wanted).order_by(Article.id).with_for_update(key_share=True)
        found = {article.id: article for article in await self._session.scalars(locked)}
        return found.get(article_id or 0)

    async def has_series(self, series_id: int | None) -> bool:
        """Say whether there is such a series."""
        return bool(await self._session.scalar(select(exists().where(Series.id == series_id))))

    async def group_translations(self, article_id: int) -> int:
        """Return the group of an article's translations, a new one if it is in none.

        A group has a number that no article has, and no other group can ever have.
        """
        number = func.nextval(func.pg_get_serial_sequence(Article.__tablename__, "id"))
        begin = (
            update(Article)
            .where(Article.id == article_id)
            .values(translation_group=func.coalesce(Article.translation_group, number))
            .returning(Article.translation_group)
            .execution_options(synchronize_session=False)
        )
        return (await self._session.execute(begin)).scalar_one() or article_id

    async def has_rival(self, article: Article) -> bool:
        """Say whether another article is the translation into this one's language by now."""
        if article.translation_group is None:
            return False
        same = (Article.translation_group == article.translation_group) & (
            Article.locale == article.locale
        )
        kept = exists().where(same, Article.deleted_at.is_(None), Article.id != article.id)
        return bool(await self._session.scalar(select(kept)))

    # New articles

    async def add_as(self, article: Article, slug: str, record: Record) -> None:
        """Write a new article under a slug, which leads to it for ever; raise SlugTaken.

        What only an article in the bin answers to is free, and that article gets another slug.
        Raise TranslationExists, and where something is just gone Unauthenticated (the account) or
        SeriesNotFound: after these, the transaction can only be given up.
        """
        if not await self._add(article, slug, record):
            await self._evict(article, slug)
            if not await self._add(article, slug, record):
                raise SlugTaken

    async def add_near(self, article: Article, slugs: Slugs, record: Record) -> None:
        """Write under the wanted slug or one near it; chance finds one when others take them all.

        Most titles are new: whether one is taken, only writing it tells for certain.
        """
        if slugs.wanted not in RESERVED_SLUGS and await self._add(article, slugs.wanted, record):
            return
        try:
            await self.add_as(article, await self.free_slug(slugs), record)
        except SlugTaken:
            await self.add_as(article, slugs.spare, record)

    async def _add(self, article: Article, slug: str, record: Record) -> bool:
        """Write a new article and all that is kept beside it, if its slug is free; say whether.

        It gets its id, and the site's locale if it has none; and it belongs to no session.
        """
        article.slug = slug
        given = vars(article)
        values = {name: given.get(name) for name in _COLUMNS} | record.of(article)
        values |= {name: json.dumps(values[name]) for name in _JSON}
        values["site_locale"] = self._site_locale
        try:
            made = await fetch(self._session, _ADDING.sql, _ADDING.arguments(values))
        except IntegrityError as error:
            raise _refusal(error) from None
        if not made:
            return False
        [(article.id, address, article.locale)] = made
        if address is None:  # Somebody took the slug, and left it, within this statement.
            raise Conflict
        return True

    # Changes

    async def save(self, article: Article, record: Record) -> None:
        """Write the next version of an article, and what differs beside it.

        Raise what `add_as` does; after any of it, the transaction can only be given up.
        """
        if "slug" in record.fields:
            await self._evict(article, article.slug)
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise _refusal(error) from None
        saving = _saving(*sorted(_BESIDE.intersection(record.fields)))
        saved = await self._session.execute(saving, {"id": article.id, **record.of(article)})
        if saved.one().address is None and _ADDRESSED.intersection(record.fields):
            raise SlugTaken

    async def prune(self, article_id: int, keep: int) -> None:
        """Forget old unpublished revisions, all but the newest `keep` and the very first."""
        of_article = Revision.article_id == article_id
        first = select(func.min(Revision.version)).where(of_article).scalar_subquery()
        old = (
            select(Revision.id)
            .where(of_article, Revision.published.is_(False), Revision.version > first)
            .order_by(Revision.version.desc())
            .offset(keep)
        )
        await self._session.execute(delete(Revision).where(Revision.id.in_(old)))

    # Addresses

    async def free_slug(self, slugs: Slugs) -> str:
        """Return the wanted slug, or `stem-2`, `stem-3` … where it is taken or reserved.

        Whoever asks for one near the same waits here for the other's commit.
        """
        wanted, stem = slugs.wanted, slugs.stem
        lock = func.pg_advisory_xact_lock(func.hashtextextended(stem, 0))
        await self._session.execute(select(lock))
        if wanted not in RESERVED_SLUGS and not await self._is_taken(wanted):
            return wanted
        number = func.substring(Address.address, len(stem) + 2)
        is_numbered = Address.address.startswith(f"{stem}-", autoescape=True) & number.regexp_match(
            f"^[0-9]{{1,{LONGEST_NUMBER}}}$"
        )
        highest = await self._session.scalar(
            select(func.max(cast(number, Integer))).where(is_numbered)
        )
        return f"{stem}-{max(highest or 1, 1) + 1}"

    async def _is_taken(self, slug: str) -> bool:
        return bool(await self._session.scalar(select(_leads_somewhere(slug))))

    async def _evict(self, article: Article, slug: str) -> None:
        """Give another slug to what has this one in the bin."""
        another = (Article.slug == slug) & (Article.id != (article.id or 0))
        stem = func.rtrim(func.left(slug, MAX_SLUG_LENGTH - len("-12345678")), "-")
        eviction = (
            update(Article)
            .where(another, Article.deleted_at.is_not(None))
            .values(slug=func.concat(stem, f"-{secrets.token_hex(4)}"))
            .execution_options(synchronize_session=False, autoflush=False)
        )
        await self._session.execute(eviction)

    async def has_address(self, article: Article, address: str) -> bool:
        """Say whether an address leads to this article."""
        query = select(exists().where(Address.address == address, Address.article_id == article.id))
        return bool(await self._session.scalar(query))


def _refusal(error: IntegrityError) -> GalleyError | IntegrityError:
    """Return what the database refuses, in the words of the domain."""
    constraint = violated_constraint(error)
    refusals = {
        "slug": SlugTaken,
        "translation": TranslationExists,
        "users": Unauthenticated,
        "series": SeriesNotFound,
    }
    return next((refusals[word]() for word in refusals if word in constraint), error)


def _plain() -> Select[Article]:
    """Find articles as they are now, without what is made of their texts."""
    page = [defer(each, raiseload=True) for each in (Article.content_html, Article.toc)]
    return select(Article).options(*page).execution_options(populate_existing=True)


def _leads_somewhere(address: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a value or a parameter
    """Say whether something that is not in the bin has an address."""
    kept = Article.deleted_at.is_(None)
    return exists().where(Address.address == address, Address.article_id == Article.id, kept)


# The statements that write: each is one, however much stands beside an article.

_LISTS: Mapping[str, tuple[type[ArticleTag | ArticleAuthor], str]] = MappingProxyType(
    {"tags": (ArticleTag, "tag_id"), "authors": (ArticleAuthor, "user_id")}
)


def _adding() -> Select[Any]:
    """Write a new article, if its slug is free, with all that stands beside it."""
    given = {name: bindparam(name, type_=column.type) for name, column in _COLUMNS.items()}
    site_locale = Site.says("locale", argument("site_locale"))
    values = select(*(given | {"locale": func.coalesce(given["locale"], site_locale)}).values())
    taken = _leads_somewhere(bindparam("slug", type_=_COLUMNS["slug"].type))
    article = (
        insert(Article)
        .from_select(list(_COLUMNS.values()), values.where(not_(taken)), include_defaults=False)
        .on_conflict_do_nothing(index_elements=["slug"])
        .returning(*_NEEDED_BESIDE)
        .cte("article")
    )
    lists = [_listed(article, name).cte(f"new_{name}") for name in _LISTS]
    return _together(article, _address(article), lists).add_columns(article.c.locale)


@cache
def _saving(*fields: str) -> Select[Any]:
    """Write what stands beside an article of which these fields have been changed."""
    changed = select(*_NEEDED_BESIDE).where(Article.id == bindparam("id", type_=BigInteger))
    article = changed.cte("article")
    names = [name for name in _LISTS if name in fields]
    lists = [write(article, name) for name in names for write in (_relisted, _unlisted)]
    return _together(article, _address(article) if _ADDRESSED.intersection(fields) else None, lists)


def _together(article: CTE, address: CTE | None, lists: Sequence[CTE]) -> Select[Any]:
    """Write all of it and a revision; return the article's id, and whose the address is."""
    told = select(article.c.id, null().label("address"))
    if address is not None:
        both = article.outerjoin(address, address.c.article_id == article.c.id)
        told = select(article.c.id, address.c.article_id.label("address")).select_from(both)
    return told.add_cte(_revision(article), *lists)


def _address(article: CTE) -> CTE:
    """Let the article's slug lead to it, if that leads nowhere else but into the bin."""
    rows = select(article.c.id, article.c.slug, article.c.published, _said("made_at"))
    take = insert(Address).from_select(["article_id", "address", "was_public", "created_at"], rows)
    new = take.excluded
    # As `Address.article_id`, the subquery would take it for any row's, and not for this one's.
    holder = literal_column("addresses.article_id", BigInteger)
    is_binned = exists().where(Article.id == holder, Article.deleted_at.is_not(None))
    return (
        take.on_conflict_do_update(
            index_elements=["address"],
            set_={"article_id": new.article_id, "was_public": Address.was_public | new.was_public},
            where=or_(holder == new.article_id, is_binned),
        )
        .returning(Address.article_id)
        .cte("address")
    )


def _revision(article: CTE) -> CTE:
    """Remember the article as the version that it has now.

    What record there is of a new one may not know which locale it has got.
    """
    said = ["editor_id", "made_at", "note", "fields"]
    locale = func.jsonb_build_object(literal_column("'locale'"), article.c.locale)
    state = _said("state").concat(locale)
    rows = select(article.c.id, article.c.version, article.c.published, *map(_said, said), state)
    columns = ["article_id", "version", "published", *said, "state"]
    return insert(Revision).from_select(columns, rows).cte("revision")


def _said(name: str) -> BindParameter[Any]:
    """Return what a record says."""
    return bindparam(name, type_=Revision.__table__.c[name].type)


def _listed(article: CTE, name: str) -> Insert:
    """Write which tags or people a new article has, in their order."""
    table, column = _LISTS[name]
    given = func.unnest(_ids(article, name)).table_valued("id", with_ordinality="place")
    given = given.render_derived(name="given")
    rows = select(article.c.id, given.c.id, given.c.place - 1)
    listed = rows.select_from(article.join(given, true()))
    return insert(table).from_select(["article_id", column, "position"], listed)


def _relisted(article: CTE, name: str) -> CTE:
    """Write the same of one that has some of them already."""
    table, column = _LISTS[name]
    listed = _listed(article, name)
    place = listed.excluded.position
    in_place = listed.on_conflict_do_update(
        index_elements=["article_id", column],
        set_={"position": place},
        where=table.position != place,
    )
    return in_place.cte(f"new_{name}")


def _unlisted(article: CTE, name: str) -> CTE:
    """Take away those that it has not any more."""
    table, column = _LISTS[name]
    is_left = getattr(table, column) == any_(_ids(article, name))
    gone = delete(table).where(table.article_id == article.c.id, not_(is_left))
    return gone.cte(f"former_{name}")


def _ids(article: CTE, name: str) -> ColumnElement[Sequence[int]]:
    """Return the ids of an article's tags, as a record tells them, or of its authors."""
    tag_ids = bindparam("tag_ids", type_=ARRAY(BigInteger))
    return tag_ids if name == "tags" else article.c.author_ids


_BY_ID = _plain().where(Article.id == bindparam("ref", type_=BigInteger))
_LOCKED = _BY_ID.with_for_update(key_share=True)
_LED_TO = select(Address.article_id).where(Address.address == bindparam("ref", type_=Text))
_BY_ADDRESS = _plain().where(Article.id == _LED_TO.scalar_subquery())
_ADDING = Statement.of(_adding())

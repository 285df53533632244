"""The queries for tags."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    TypeDecorator,
    any_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import FromClause
from typing_extensions import override

from app.core.db import violated_constraint
from app.core.paging import Order, Page, Slice, fetch_slice
from app.core.reading import Statement, TransactionReads
from app.core.text import as_id
from app.features.tags.errors import TagNameTaken, TagSlugTaken
from app.features.tags.schemas import Spelled, TagFilter, TagSort, UsedTag
from app.models import (
    Article,
    ArticleTag,
    PublicCount,
    Tag,
    TagAlias,
    TagFollow,
    User,
    WorkingCopy,
    tag_called,
)

_EDITING = func.hashtextextended("tags", 0)


class _WhateverItsCase(TypeDecorator[str]):
    """Text that PostgreSQL, whose idea of lower case counts, puts into lower case first."""

    impl = Text
    cache_ok = True

    @override
    def bind_expression(self, bindparam: Any) -> ColumnElement[str]:
        return func.lower(bindparam)


def _order(sort: TagSort) -> Order[Tag]:
    return Order(
        sort,
        type_coerce(func.lower(Tag.name), _WhateverItsCase),
        Tag.id.expression,
        lambda tag: (tag.name, tag.id),
        descending=sort is TagSort.NAME_BACKWARD,
    )


class TagRepository:
    """Reads and writes tags, their aliases, and which articles have them."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def page(
        self, wanted: TagFilter, page: Page, *, at: datetime, with_unused: bool
    ) -> Slice[Tag]:
        """Return tags by name; those that no public article has only `with_unused`."""
        query = select(Tag)
        if wanted.q is not None:
            query = query.where(Tag.name.istartswith(wanted.q, autoescape=True))
        if not with_unused:
            is_public = ArticleTag.public_at <= at
            query = query.where(exists().where(ArticleTag.tag_id == Tag.id, is_public))
        return await fetch_slice(self._session, query, _order(wanted.sort), page)

    async def counts(self, tags: Sequence[Tag], at: datetime) -> Mapping[int, int]:
        """Return how many public articles have each of these tags, by its id."""
        ids = [tag.id for tag in tags]
        number = PublicCount.with_tag(Tag.id.expression, at)
        query = select(Tag.id, number).where(Tag.id.in_(ids))
        return dict((await self._session.execute(query)).all())

    async def most_used(self, most: int, at: datetime) -> Sequence[Tag]:
        """Return the tags that most public articles have, the most used first, then by name."""
        number = PublicCount.with_tag(Tag.id.expression, at).label("number")
        used = select(Tag.id, number).subquery()
        query = (
            select(Tag)
            .join(used, used.c.id == Tag.id)
            .where(used.c.number > 0)
            .order_by(used.c.number.desc(), func.lower(Tag.name))
            .limit(most)
        )
        return (await self._session.scalars(query)).all()

    async def get(self, ref: str) -> Tag | None:
        """Return the tag with this id, or which has or had this slug."""
        tag_id = as_id(ref)
        if tag_id is not None:
            return await self._session.get(Tag, tag_id)
        former = select(TagAlias.tag_id).where(TagAlias.slug == ref)
        found = union_all(select(Tag.id).where(Tag.slug == ref), former)
        return await self._session.scalar(select(Tag).where(Tag.id.in_(found)))

    async def named(self, words: str) -> Tag | None:
        """Return the tag that goes, or went, by this slug or name, or else has this id."""
        found = tag_called(literal(words, Text), literal(as_id(words), BigInteger))
        return await self._session.scalar(select(Tag).where(Tag.id == found))

    async def keep_named(self, names: Sequence[str]) -> Mapping[str, UsedTag]:
        """Return the tags that go, or went, by these names; nobody renames or deletes them now."""
        rows = await TransactionReads(self._session).all(_KEPT_BY_NAME, {"names": list(names)})
        return {name: UsedTag(*tag) for name, *tag in rows}

    async def taken_slugs(self, slugs: Sequence[str], *, besides: int | None) -> set[str]:
        """Return which of these slugs a tag (another one than `besides`) has or had."""
        own = besides or 0
        present = select(Tag.slug).where(Tag.slug.in_(slugs), Tag.id != own)
        former = select(TagAlias.slug).where(TagAlias.slug.in_(slugs), TagAlias.tag_id != own)
        return set(await self._session.scalars(union_all(present, former)))

    async def spelled(
        self, names: Sequence[str], *, base: Sequence[str], marked: Sequence[str]
    ) -> list[Spelled]:
        """Return new names in PostgreSQL's lower case, and whether these addresses are free."""
        wanted = _rows(name=names, base=base, marked=marked)
        query = select(
            wanted.c.name,
            func.lower(wanted.c.name),
            _slug_is_free(wanted.c.base),
            _slug_is_free(wanted.c.marked),
        )
        return [Spelled(*row) for row in await self._session.execute(query)]

    async def create(self, slugs: Mapping[str, str], at: datetime) -> bool:
        """Make tags, in this order, of slugs by name; if one is in the way, none, and say False."""
        values = [
            {"name": name, "slug": slug, "created_at": at, "updated_at": at, "version": 1}
            for name, slug in slugs.items()
        ]
        insertion = insert(Tag).values(values).on_conflict_do_nothing().returning(Tag.id)
        # Rolling back lets go at once of what others may be waiting for.
        async with self._session.begin_nested() as savepoint:
            made = (await self._session.scalars(insertion)).all()
            if len(made) < len(values) or await self._are_former(Tag.id.in_(made)):
                await savepoint.rollback()
                return False
        return True

    async def save(self, tag: Tag) -> None:
        """Write a tag; raise TagNameTaken or TagSlugTaken."""
        try:
            async with self._session.begin_nested():
                self._session.add(tag)
        except IntegrityError as error:
            if violated_constraint(error) == "uq_tags_slug":
                raise TagSlugTaken from None
            if violated_constraint(error) == "uq_tags_name_lower":
                raise TagNameTaken from None
            raise
        former = await self._former_of_another(tag)
        if former is not None:
            raise TagSlugTaken if former.slug == tag.slug else TagNameTaken

    async def edit(self) -> None:
        """Be the only one who renames, merges and deletes tags until the commit.

        So what was found stays, and two who swap names, say, do not wait for each other.
        """
        await self._session.execute(select(func.pg_advisory_xact_lock(_EDITING)))

    async def lock(self, tag: Tag) -> None:
        """Wait for those who are using this tag, and keep others from it.

        Whoever uses tags may hold one of them while waiting for another: to lock two would make
        circles. There is no need to, because an editor adds to articles only what everybody may.
        """
        await self._session.refresh(tag, with_for_update=True)

    async def rename(self, tag: Tag, *, name: str, slug: str) -> None:
        """Let the former name and slug of a tag that has others now lead to it."""
        same_name = func.lower(TagAlias.name) == func.lower(tag.name)
        taken_back = (TagAlias.tag_id == tag.id) & or_(TagAlias.slug == tag.slug, same_name)
        await self._session.execute(delete(TagAlias).where(taken_back))
        await self._remember(
            tag,
            name=name if name.lower() != tag.name.lower() else None,
            slug=slug if slug != tag.slug else None,
        )

    async def merge(self, source: Tag, target: Tag) -> None:
        """Give the followers, the articles, the aliases, the name and the slug of one to another.

        People are taken before articles, as everywhere.
        """
        await self._give_followers(source, target)
        tagged = await self.lock_articles(source)
        theirs = select(
            ArticleTag.article_id, literal(target.id, BigInteger), ArticleTag.position
        ).where(ArticleTag.tag_id == source.id)
        given = insert(ArticleTag).from_select(["article_id", "tag_id", "position"], theirs)
        earlier = func.least(ArticleTag.position, given.excluded.position)
        await self._session.execute(
            given.on_conflict_do_update(
                index_elements=["article_id", "tag_id"], set_={"position": earlier}
            )
        )
        aliases = update(TagAlias).where(TagAlias.tag_id == source.id)
        await self._session.execute(aliases.values(tag_id=target.id))
        await self._remember(target, name=source.name, slug=source.slug)
        await self.delete(source, tagged)

    async def _give_followers(self, source: Tag, target: Tag) -> None:
        """Have who follows one tag follow the other; accounts that are going are left out."""
        theirs = (
            select(User.id, literal(target.id, BigInteger), TagFollow.created_at)
            .join(TagFollow, TagFollow.user_id == User.id)
            .where(TagFollow.tag_id == source.id)
            .order_by(User.id)
            .with_for_update(read=True, key_share=True, of=User)
        )
        given = insert(TagFollow).from_select(["user_id", "tag_id", "created_at"], theirs)
        await self._session.execute(given.on_conflict_do_nothing())

    async def delete(self, tag: Tag, tagged: Sequence[int]) -> None:
        """Delete a tag, and take it from the articles that have it (see `lock_articles`)."""
        await self._session.execute(
            delete(Tag).where(Tag.id == tag.id), execution_options={"synchronize_session": False}
        )
        self._session.expunge(tag)
        await self.write_names(tagged)

    async def lock_articles(self, tag: Tag) -> Sequence[int]:
        """Return the ids of a tag's articles, and keep others from changing these."""
        tagged = select(ArticleTag.article_id).where(ArticleTag.tag_id == tag.id)
        query = select(Article.id).where(Article.id.in_(tagged)).order_by(Article.id)
        return (await self._session.scalars(query.with_for_update(key_share=True))).all()

    async def write_names(self, article_ids: Sequence[int]) -> None:
        """Write the names of their tags, in order, into these articles."""
        names = (
            select(func.array_agg(aggregate_order_by(Tag.name, ArticleTag.position)))
            .join(ArticleTag, ArticleTag.tag_id == Tag.id)
            .where(ArticleTag.article_id == Article.id)
        )
        none = literal([], ARRAY(Text))
        await self._session.execute(
            update(Article)
            .where(Article.id == any_(literal(list(article_ids), ARRAY(BigInteger))))
            .values(tag_names=func.coalesce(names.scalar_subquery(), none)),
            execution_options={"synchronize_session": False},
        )
        # What waits beside them is not in the way of a tag's new name.
        await self._session.execute(
            update(WorkingCopy)
            .where(WorkingCopy.article_id == any_(literal(list(article_ids), ARRAY(BigInteger))))
            .values(seen=WorkingCopy.seen.op("-")(literal("tags", Text))),
            execution_options={"synchronize_session": False},
        )

    async def _remember(self, tag: Tag, *, name: str | None, slug: str | None) -> None:
        """Make aliases; the tag itself is the only one that can have them already."""
        values = [
            *([{"tag_id": tag.id, "name": name, "slug": None}] if name else []),
            *([{"tag_id": tag.id, "name": None, "slug": slug}] if slug else []),
        ]
        if values:
            await self._session.execute(insert(TagAlias).values(values).on_conflict_do_nothing())

    async def _are_former(self, these: ColumnElement[bool]) -> bool:
        """Say whether one of these tags has the name or slug that a tag had before.

        Asked after writing, it cannot be wrong: a name becomes an alias in the transaction in which
        a tag gives it up, and until that ends nobody else can have written it.
        """
        same = or_(TagAlias.slug == Tag.slug, func.lower(TagAlias.name) == func.lower(Tag.name))
        return bool(await self._session.scalar(select(exists().where(these, same))))

    async def _former_of_another(self, tag: Tag) -> TagAlias | None:
        """Return another's alias that this tag is in the way of."""
        same_name = func.lower(TagAlias.name) == func.lower(tag.name)
        others = (TagAlias.tag_id != tag.id) & or_(TagAlias.slug == tag.slug, same_name)
        return await self._session.scalar(select(TagAlias).where(others).limit(1))


def _rows(**columns: Sequence[str]) -> FromClause:
    """Return values that came with the request as a table."""
    arrays = [literal(list(values), ARRAY(Text)) for values in columns.values()]
    return func.unnest(*arrays).table_valued(*columns, name="wanted").render_derived()


def _slug_is_free(slug: ColumnElement[str]) -> ColumnElement[bool]:
    present, former = exists().where(Tag.slug == slug), exists().where(TagAlias.slug == slug)
    return not_(or_(present, former))


def _kept_by_name() -> Select[Any]:
    names = func.unnest(bindparam("names", type_=ARRAY(Text)))
    wanted = names.table_valued("name", name="wanted").render_derived()
    word = func.lower(wanted.c.name)
    present = select(wanted.c.name, Tag.id).join(Tag, func.lower(Tag.name) == word)
    former = select(wanted.c.name, TagAlias.tag_id).join(
        TagAlias, func.lower(TagAlias.name) == word
    )
    found = union_all(present, former).subquery()
    tag = (getattr(Tag, field) for field in UsedTag._fields)
    query = select(found.c.name, *tag).join(Tag, Tag.id == found.c.id).order_by(Tag.id)
    return query.with_for_update(read=True, key_share=True, of=Tag)


# Every article that is written asks this; to make it takes longer than to find what it says.
_KEPT_BY_NAME = Statement.of(_kept_by_name())

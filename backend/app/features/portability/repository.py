"""The queries of moving content in: what is there already, and many rows at once."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Column, Text, func, inspect, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    Address,
    Article,
    ArticleAuthor,
    ArticleTag,
    Base,
    ImportedArticle,
    Revision,
    User,
)


class ImportRepository:
    """Keeps what each imported article came from."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the job."""
        self._session = session

    async def lock_author(self, author_id: int) -> User | None:
        """Return an account; another import for it waits here, and nothing else does."""
        return await self._session.get(User, author_id, with_for_update={"key_share": True})

    async def find(self, author_id: int, source: str) -> ImportedArticle | None:
        """Return what was imported from this path."""
        query = select(ImportedArticle).filter_by(author_id=author_id, source=source)
        return (await self._session.scalars(query)).one_or_none()

    async def equals(self, author_id: int, digest: str) -> Sequence[ImportedArticle]:
        """Return what was imported from files of this name and content, the oldest first."""
        query = (
            select(ImportedArticle)
            .filter_by(author_id=author_id, digest=digest)
            .order_by(ImportedArticle.id)
        )
        return (await self._session.scalars(query)).all()

    async def add_addresses(self, article_id: int, addresses: Sequence[str], at: datetime) -> int:
        """Let addresses lead to an article; return how many lead to another, and go on to."""
        rows = [
            {"article_id": article_id, "address": address, "created_at": at}
            for address in addresses
        ]
        if rows:
            await self._session.execute(insert(Address).on_conflict_do_nothing(), rows)
        taken = select(func.count()).where(
            Address.address.in_(addresses), Address.article_id != article_id
        )
        return await self._session.scalar(taken) or 0

    async def save(self, record: ImportedArticle) -> None:
        """Write where an article came from."""
        self._session.add(record)
        await self._session.flush()


class DemoRepository:
    """Writes people and articles in bulk."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the job."""
        self._session = session

    async def taken_usernames(self, beginnings: Collection[str]) -> set[str]:
        """Return, in lower case, the names of accounts that begin with one of these."""
        username, email = func.lower(User.username), func.lower(User.email)
        pattern = func.any(literal([f"{beginning}%" for beginning in beginnings], ARRAY(Text)))
        query = select(username, func.split_part(email, "@", 1)).where(
            or_(username.like(pattern), email.like(pattern))
        )
        return {name for row in await self._session.execute(query) for name in row}

    async def taken_addresses(self, slugs: Collection[str]) -> set[str]:
        """Return those of the slugs that articles have or had."""
        query = select(Address.address).where(Address.address.in_(slugs))
        return set(await self._session.scalars(query))

    async def new_ids(self, count: int) -> Sequence[int]:
        """Return ids for so many new articles."""
        sequence = func.pg_get_serial_sequence(Article.__tablename__, "id")
        places = func.generate_series(1, count).table_valued("place")
        return (
            await self._session.scalars(select(func.nextval(sequence)).select_from(places))
        ).all()

    async def add_people(self, people: Sequence[User]) -> Sequence[int]:
        """Write accounts; return their ids in the same order."""
        self._session.add_all(people)
        await self._session.flush()
        return [person.id for person in people]

    async def add_articles(
        self, articles: Sequence[Article], history: Sequence[Revision], tag_ids: Mapping[str, int]
    ) -> None:
        """Write articles with all that is kept beside them, in the session's transaction.

        COPY does it ten times as fast as INSERT.
        """
        await self._copy_models(articles, besides={"words"})
        await self._copy_models(history, besides={"id"})
        former = {(each.article_id, each.state["slug"]): each.made_at for each in history}
        addresses = [(id_, slug, since) for (id_, slug), since in former.items()]
        await self._copy(Address, ("article_id", "address", "created_at"), addresses)
        of_tag = [
            (article.id, tag_ids[name], place)
            for article in articles
            for place, name in enumerate(article.tag_names)
        ]
        await self._copy(ArticleTag, ("article_id", "tag_id", "position"), of_tag)
        by = [
            (article.id, user_id, place)
            for article in articles
            for place, user_id in enumerate(article.author_ids)
        ]
        await self._copy(ArticleAuthor, ("article_id", "user_id", "position"), by)

    async def _copy_models(self, rows: Sequence[Base], *, besides: Collection[str]) -> None:
        """Write rows with all of their columns besides these."""
        mapped = {
            attribute.key: attribute.columns[0]
            for attribute in inspect(type(rows[0])).column_attrs
            if attribute.key not in besides and isinstance(attribute.columns[0], Column)
        }
        written: dict[str, Callable[[Any], Any]] = {
            key: json.dumps if isinstance(column.type, JSONB) else _as_it_is
            for key, column in mapped.items()
        }
        records = (
            tuple(write(getattr(row, key)) for key, write in written.items()) for row in rows
        )
        await self._copy(type(rows[0]), [column.name for column in mapped.values()], records)

    async def _copy(
        self, kind: type[Base], columns: Sequence[str], records: Iterable[tuple[Any, ...]]
    ) -> None:
        connection = await (await self._session.connection()).get_raw_connection()
        driver: Any = connection.driver_connection
        await driver.copy_records_to_table(kind.__tablename__, columns=columns, records=records)


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - a column may hold anything
    return value

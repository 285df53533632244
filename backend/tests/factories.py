"""Data for tests: people and articles, made up by a seeded Faker, written to the database."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from faker import Faker
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.passwords import PasswordHasher
from app.core.policy import Role
from app.core.text import make_slug
from app.models import (
    Address,
    Article,
    ArticleAuthor,
    ArticleTag,
    Base,
    LoginSession,
    Revision,
    Series,
    Tag,
    User,
)

T = TypeVar("T", bound=Base)

PASSWORD = "a-long-pass-phrase"
EARLY_2026 = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


class MovableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = EARLY_2026

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


class Factory:
    """Makes rows, each committed before it is returned."""

    _hash: str | None = None

    def __init__(self, sessions: Sessions, clock: MovableClock, passwords: PasswordHasher) -> None:
        self._sessions = sessions
        self._clock = clock
        self._passwords = passwords
        self._faker = Faker()
        self._faker.seed_instance(4711)
        self._numbers = count(1)
        self.sessions_of: dict[int, int] = {}

    async def user(self, role: Role = Role.AUTHOR, **fields: object) -> User:
        """Make an account whose password is PASSWORD, and that has just signed in."""
        number = next(self._numbers)
        values = {
            "email": f"person{number}@example.com",
            "username": f"person{number}",
            "full_name": self._faker.name(),
            "password_hash": await self._password_hash(),
            "role": role,
            "is_active": True,
            "created_at": self._clock(),
            "updated_at": self._clock(),
        }
        user = await self._save(User(**{**values, **fields}))
        self.sessions_of[user.id] = (await self.login_session(user)).id
        return user

    async def login_session(self, user: User, **fields: object) -> LoginSession:
        """Make a session that lasts for ever."""
        values = {
            "user_id": user.id,
            "method": "password",
            "address": "192.0.2.1",
            "user_agent": "A browser",
            "created_at": self._clock(),
            "authenticated_at": self._clock(),
            "last_seen_at": self._clock(),
            "expires_at": self._clock() + timedelta(days=36_500),
        }
        return await self._save(LoginSession(**{**values, **fields}))

    async def article(
        self,
        author: User,
        *,
        tags: Sequence[str] = (),
        with_authors: Sequence[User] = (),
        **fields: Any,  # noqa: ANN401 - columns hold values of any type
    ) -> Article:
        """Make an article, published a minute ago unless the fields say otherwise."""
        number = next(self._numbers)
        authors = [author, *with_authors]
        values = {
            "author_id": author.id,
            "author_ids": [each.id for each in authors],
            "slug": f"article-{number}-a",
            "title": self._faker.sentence(),
            "content": self._faker.text(),
            "tag_names": list(tags),
            "published": True,
            "published_at": self._clock() - timedelta(minutes=1),
            "created_at": self._clock(),
            "updated_at": self._clock(),
        }
        article = Article(**{**values, **fields})
        article.plain_text = article.content
        async with self._sessions.begin() as session:
            session.add(article)
            await session.flush()
            await session.refresh(article)
            session.add_all(
                [
                    Address(article_id=article.id, address=article.slug, created_at=self._clock()),
                    _first_revision(article),
                    *(
                        ArticleAuthor(article_id=article.id, user_id=each.id, position=position)
                        for position, each in enumerate(authors)
                    ),
                    *[
                        ArticleTag(
                            article_id=article.id,
                            tag_id=(await self._tag(session, name)).id,
                            position=position,
                        )
                        for position, name in enumerate(tags)
                    ],
                ]
            )
        return article

    async def tag(self, name: str, **fields: object) -> Tag:
        """Make a tag, or return the one of this name."""
        async with self._sessions.begin() as session:
            return await self._tag(session, name, **fields)

    async def series(self, owner: User, **fields: object) -> Series:
        """Make a series."""
        number = next(self._numbers)
        values = {
            "owner_id": owner.id,
            "slug": f"series-{number}-s",
            "title": f"Series {number}",
            "created_at": self._clock(),
            "updated_at": self._clock(),
        }
        return await self._save(Series(**{**values, **fields}))

    async def _tag(self, session: AsyncSession, name: str, **fields: object) -> Tag:
        tag = await session.scalar(select(Tag).where(Tag.name == name))
        if tag is None:
            values = {
                "name": name,
                "slug": make_slug(name),
                "created_at": self._clock(),
                "updated_at": self._clock(),
            }
            tag = Tag(**{**values, **fields})
            session.add(tag)
            await session.flush()
        return tag

    async def draft(self, author: User, **fields: Any) -> Article:  # noqa: ANN401 - likewise
        """Make a draft."""
        return await self.article(author, **{"published": False, "published_at": None, **fields})

    async def _save(self, row: T) -> T:
        async with self._sessions.begin() as session:
            session.add(row)
        return row

    async def _password_hash(self) -> str:
        if Factory._hash is None:
            Factory._hash = await self._passwords.hash(PASSWORD)
        return Factory._hash


def _first_revision(article: Article) -> Revision:
    return Revision(
        article_id=article.id,
        version=article.version,
        editor_id=article.author_id,
        made_at=article.created_at,
        fields=[],
        published=article.published,
        state=article.state(),
    )

"""Moving content in: demo content, and the posts of another system."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.passwords import PasswordHasher
from app.features.articles.rules import base_slug
from app.features.portability.repository import DemoRepository
from app.features.portability.schemas import DemoArticle, DemoPerson
from app.models import Role, User

# Small enough for each COPY to end well within the role's statement timeout.
ARTICLES_AT_ONCE = 1000

Progress = Callable[[int], None]


class Writer(Protocol):
    """Makes demo content up."""

    def people(self, count: int) -> Iterator[DemoPerson]:
        """Yield people; their names may repeat."""

    def articles(self, count: int, *, at: datetime) -> Iterator[DemoArticle]:
        """Yield articles from the years before `at`, and a few for later."""


class DemoContent:
    """Fills a site with people and articles, beside what is there already."""

    def __init__(self, session: AsyncSession, writer: Writer) -> None:
        """Take the session of the job, and who makes the content up."""
        self._demo = DemoRepository(session)
        self._writer = writer

    async def add_people(
        self, count: int, *, passwords: PasswordHasher, at: datetime
    ) -> list[int]:
        """Make accounts that nobody can sign in to; return their ids."""
        people = list(self._writer.people(count))
        taken = await self._demo.taken_usernames({person.username for person in people})
        locked = await passwords.hash(secrets.token_urlsafe())
        accounts = [
            _account(person, username, locked, at)
            for person, username in zip(people, _usernames(people, taken), strict=True)
        ]
        return list(await self._demo.add_people(accounts))

    async def add_articles(
        self, count: int, *, authors: list[int], at: datetime, progress: Progress
    ) -> None:
        """Write articles by these authors, and tell `progress` how many at a time."""
        articles = self._writer.articles(count, at=at)
        slugs = _Slugs(await self._demo.highest_id())
        while batch := list(islice(articles, ARTICLES_AT_ONCE)):
            slugs.taken |= await self._demo.taken_slugs({base_slug(new.title) for new in batch})
            await self._demo.add_articles(_row(new, slugs.next(new.title), authors) for new in batch)
            progress(len(batch))


class _Slugs:
    """Gives each title an address that is free: its own, or one with a number no id has reached."""

    def __init__(self, highest_id: int) -> None:
        self.taken: set[str] = set()
        self._number = highest_id

    def next(self, title: str) -> str:
        self._number += 1
        base = base_slug(title)
        slug = f"{base}-{self._number}" if base in self.taken else base
        self.taken.add(slug)
        return slug


def _usernames(people: Iterable[DemoPerson], taken: set[str]) -> Iterator[str]:
    for person in people:
        username, number = person.username, 1
        while username in taken:
            number += 1
            username = f"{person.username}{number}"
        taken.add(username)
        yield username


def _account(person: DemoPerson, username: str, password_hash: str, at: datetime) -> User:
    return User(
        email=f"{username}@example.com",
        username=username,
        full_name=person.full_name,
        bio=person.bio,
        password_hash=password_hash,
        role=Role.AUTHOR,
        created_at=at,
        updated_at=at,
    )


def _row(new: DemoArticle, slug: str, authors: list[int]) -> dict[str, Any]:
    return {
        "author_id": authors[int(new.author * len(authors))],
        "slug": slug,
        "title": new.title,
        "content": new.content,
        "tags": new.tags,
        "published": new.published,
        "published_at": new.published_at,
        "created_at": new.created_at,
        "updated_at": new.created_at,
        "version": 1,
    }

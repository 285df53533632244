"""Data for tests: people and articles, made up by a seeded Faker, written to the database."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from faker import Faker

from app.core.db import Sessions
from app.core.passwords import PasswordHasher
from app.models import Article, Base, Role, User

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

    async def user(self, role: Role = Role.AUTHOR, **fields: object) -> User:
        """Make an account whose password is PASSWORD."""
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
        return await self._save(User(**{**values, **fields}))

    async def article(self, author: User, **fields: object) -> Article:
        """Make an article, published a minute ago unless the fields say otherwise."""
        number = next(self._numbers)
        values = {
            "author_id": author.id,
            "slug": f"article-{number}-a",
            "title": self._faker.sentence(),
            "content": self._faker.text(),
            "tags": [],
            "published": True,
            "published_at": self._clock() - timedelta(minutes=1),
            "created_at": self._clock(),
            "updated_at": self._clock(),
        }
        return await self._save(Article(**{**values, **fields}))

    async def draft(self, author: User, **fields: object) -> Article:
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

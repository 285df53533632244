"""Moving content in: demo content, and the posts of another system."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.passwords import PasswordHasher
from app.features.articles.errors import NotYourArticle, SlugTaken
from app.features.articles.rules import base_slug, may_write
from app.features.articles.schemas import ArticleCreate, ArticleUpdate
from app.features.articles.service import ArticleService
from app.features.auth.errors import UserNotFound
from app.features.auth.service import AuthService
from app.features.portability.errors import CannotImport
from app.features.portability.repository import DemoRepository, ImportRepository
from app.features.portability.rules import understand
from app.features.portability.schemas import (
    DemoArticle,
    DemoPerson,
    Document,
    Outcome,
    Reading,
    Taken,
)
from app.models import Article, ImportedArticle, Role, User

M = TypeVar("M", bound=BaseModel)

# Small enough for each COPY to end well within the role's statement timeout.
ARTICLES_AT_ONCE = 1000

Progress = Callable[[int], None]


class Folder(Protocol):
    """Holds the posts of another system."""

    def read(self, path: str) -> Document:
        """Read one of them; raise CannotImport."""

    def has(self, source: str) -> bool:
        """Say whether there is a file from which a document of this path can come."""


class Importer:
    """Makes articles out of the posts of another system, one at a time.

    What a file became is known by its path below the folder, for each author: not by the folder's
    own place, so that another machine may repeat the import, and not by its slug, because two files
    may ask for the same one and neither may swallow the other. A file that has moved, or that is
    read from a folder further up or down, is known by its name and content instead, if nothing is
    left where they were: of two equal files that are both there, each is an article.

    A file that has not changed since is left alone, whatever somebody has done to its article; one
    that has changed changes its article, and the slug stays.
    """

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the job."""
        self._accounts = AuthService(session)
        self._articles = ArticleService(session)
        self._imports = ImportRepository(session)

    async def author(self, login: str) -> User:
        """Return the account with this username or e-mail; raise UserNotFound or NotYourArticle."""
        account = await self._accounts.find_by_login(login)
        if not may_write(account):
            raise NotYourArticle(f"{account.username} is a {account.role}, who may not write")
        return account

    async def take(self, path: str, folder: Folder, *, author_id: int, at: datetime) -> Taken:
        """Import one file, and say what became of it; a bad one is skipped with its reason."""
        try:
            document = folder.read(path)
            return await self._take(document, folder, author_id, at)
        except (CannotImport, SlugTaken) as error:
            return Taken(path, Outcome.SKIPPED, error.detail)

    async def _take(
        self, document: Document, folder: Folder, author_id: int, at: datetime
    ) -> Taken:
        author = await self._imports.lock_author(author_id)
        if author is None:
            raise UserNotFound
        record = await self._find(document, folder, author_id)
        if record is not None and record.digest == document.digest:
            record.source = document.path
            return Taken(document.path, Outcome.UNCHANGED)
        reading = understand(document)
        if record is None:
            article = await self._create(reading, author, at)
            record = ImportedArticle(author_id=author_id, article_id=article.id)
            outcome = Outcome.CREATED
        else:
            await self._update(record.article_id, reading, author, at)
            outcome = Outcome.UPDATED
        record.source = document.path
        record.digest = document.digest
        record.metadata_ = dict(document.front_matter)
        record.imported_at = at
        await self._imports.save(record)
        return Taken(document.path, outcome, dropped=reading.dropped)

    async def _find(
        self, document: Document, folder: Folder, author_id: int
    ) -> ImportedArticle | None:
        """Return what this file became, whether it is where it was or has moved."""
        if record := await self._imports.find(author_id, document.path):
            return record
        equals = await self._imports.equals(author_id, document.digest)
        return next((record for record in equals if not folder.has(record.source)), None)

    async def _create(self, reading: Reading, author: User, at: datetime) -> Article:
        """Make the article as of its own date, so that it is as old as it was."""
        new = _validated(ArticleCreate, **_fields(reading))
        made_at = min(reading.published_at or reading.changed_at or at, at)
        article = await self._articles.create(
            new, author=author, at=made_at, wanted_slug=reading.slug
        )
        article.updated_at = min(max(made_at, reading.changed_at or made_at), at)
        return article

    async def _update(self, article_id: int, reading: Reading, author: User, at: datetime) -> None:
        changes = _validated(ArticleUpdate, **_fields(reading))
        await self._articles.update(
            str(article_id), changes, editor=author, at=at, check=lambda _: None
        )


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

    async def add_people(self, count: int, *, passwords: PasswordHasher, at: datetime) -> list[int]:
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
            await self._demo.add_articles(
                _row(new, slugs.next(new.title), authors) for new in batch
            )
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


def _fields(reading: Reading) -> dict[str, Any]:
    """Return the fields of an article; without a date, the article keeps its own."""
    fields = {
        "title": reading.title,
        "content": reading.content,
        "tags": reading.tags,
        "published": reading.published,
    }
    return fields | ({"published_at": reading.published_at} if reading.published_at else {})


def _validated(kind: type[M], **fields: Any) -> M:  # noqa: ANN401 - the schema checks them
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        problem = error.errors()[0]
        words = problem["msg"].removeprefix("Value error, ")
        raise CannotImport(f"{problem['loc'][0]}: {words}") from None

"""Moving content in: demo content, and the posts of another system."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.errors import Invalid, Rejected
from app.core.markup import ContentFormat, Renderer, Rendering
from app.core.passwords import PasswordHasher
from app.core.policy import Role
from app.core.text import numbered_stem
from app.features.articles.errors import NotYourArticle
from app.features.auth.errors import EmailTaken, UserNotFound
from app.features.auth.service import AuthService, hash_password
from app.features.pages.errors import ArticleNotFound
from app.features.portability import rules
from app.features.portability.errors import CannotImport
from app.features.portability.repository import DemoRepository, ImportRepository
from app.features.portability.schemas import (
    DemoArticle,
    DemoPerson,
    Document,
    Outcome,
    Reading,
    Taken,
)
from app.features.series.service import SeriesService
from app.features.tags.schemas import UsedTag
from app.features.tags.service import TagService
from app.features.users.errors import UsernameTaken
from app.features.users.schemas import UserCreate
from app.features.users.service import UserService
from app.features.writing.rules import base_slug, blank_article, may_write
from app.features.writing.schemas import ArticleCreate, ArticleUpdate
from app.features.writing.service import WritingService
from app.models import Article, ImportedArticle, Revision, User

W = TypeVar("W", ArticleCreate, ArticleUpdate)

DEMO = "demo"

# Small enough for each COPY to end well within the role's statement timeout.
ARTICLES_AT_ONCE = 1000
TIME_TO_RENAME = timedelta(minutes=10)

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
    that has changed changes its article, in all that it says or has ceased to say. The slug stays,
    and so does every address that the article had.
    """

    def __init__(self, session: AsyncSession, settings: Settings, renderer: Renderer) -> None:
        """Take the session of the job, and the process's settings and renderer."""
        self._accounts = AuthService(session)
        self._writing = WritingService(session, settings, renderer)
        self._series = SeriesService(session)
        self._imports = ImportRepository(session)
        self._article_path = settings.article_path

    async def author(self, login: str) -> User:
        """Return the account with this username or e-mail; raise UserNotFound or NotYourArticle."""
        account = await self._accounts.find_by_login(login)
        if not may_write(account):
            raise NotYourArticle(f"{account.username} is a {account.role}, who may not write")
        return account

    async def take(self, path: str, folder: Folder, *, author_id: int, at: datetime) -> Taken:
        """Import one file, and say what became of it; a bad one is skipped with its reason."""
        author = await self._imports.lock_author(author_id)
        if author is None:
            raise UserNotFound
        try:
            document = folder.read(path)
            return await self._take(document, folder, author, at)
        except (Invalid, Rejected) as error:
            return Taken(path, Outcome.SKIPPED, error.detail)

    async def _take(self, document: Document, folder: Folder, author: User, at: datetime) -> Taken:
        record = await self._find(document, folder, author.id)
        if record is not None and record.digest == document.digest:
            record.source = document.path
            return Taken(document.path, Outcome.UNCHANGED)
        reading = rules.understand(document)
        if record is None:
            article = await self._create(reading, author, at)
            record = ImportedArticle(author_id=author.id, article_id=article.id)
            outcome = Outcome.CREATED
        else:
            before = rules.understand(replace(document, front_matter=record.metadata_))
            await self._update(record.article_id, before, reading, author, at)
            outcome = Outcome.UPDATED
        await self._lead_here(record.article_id, reading, at)
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
        made_at = min(reading.published_at or reading.changed_at or at, at)
        fields = rules.allowed(rules.article_fields(reading), author, reading.dropped)
        new = await self._in_series(ArticleCreate.model_validate(fields), author, made_at)
        changed_at = min(max(made_at, reading.changed_at or made_at), at)
        return await self._writing.create(
            new, author=author, at=made_at, changed_at=changed_at, wanted_slug=reading.slug
        )

    async def _update(
        self, article_id: int, before: Reading, reading: Reading, author: User, at: datetime
    ) -> None:
        fields = rules.forgetting(before, rules.article_fields(reading))
        fields = rules.allowed(fields, author, reading.dropped)
        changes = await self._in_series(ArticleUpdate.model_validate(fields), author, at)
        try:
            await self._writing.update(str(article_id), changes, editor=author, at=at)
        except ArticleNotFound:
            raise CannotImport("its article lies in the bin") from None
        except NotYourArticle:
            raise CannotImport(f"{author.username} may not edit its article any more") from None

    async def _in_series(self, wanted: W, author: User, at: datetime) -> W:
        """Return what is wanted with the id of the author's series instead of its title."""
        if wanted.series is None:
            return wanted
        series = await self._series.named(wanted.series, owner=author, at=at)
        return wanted.model_copy(update={"series": str(series.id)})

    async def _lead_here(self, article_id: int, reading: Reading, at: datetime) -> None:
        """Let the old addresses of a post lead to its article, unless they lead elsewhere."""
        addresses = rules.as_slugs(reading.addresses, self._article_path)
        taken = await self._imports.add_addresses(article_id, addresses, at)
        if taken:
            reading.dropped["alias that another article has"] += taken


class Writer(Protocol):
    """Makes demo content up."""

    def people(self, count: int) -> Iterator[DemoPerson]:
        """Yield people; their names may repeat."""

    def articles(self, count: int, *, at: datetime) -> Iterator[DemoArticle]:
        """Yield articles from the years before `at`, and a few for later."""


class DemoContent:
    """Fills a site with people and articles, beside what is there already."""

    def __init__(self, session: AsyncSession, writer: Writer, renderer: Renderer) -> None:
        """Take the session of the job, who makes the content up, and the process's renderer."""
        self._session = session
        self._demo = DemoRepository(session)
        self._accounts = AuthService(session)
        self._series = SeriesService(session)
        self._tags = TagService(session)
        self._writer = writer
        self._renderer = renderer
        self._pages: dict[str, Rendering] = {}
        self._series_ids: dict[str, int] = {}
        self._used_tags: dict[str, UsedTag] = {}
        self._taken: set[str] = set()

    async def add_account(
        self, password: str, *, passwords: PasswordHasher, at: datetime
    ) -> list[int]:
        """Make the account to sign in with, and return its id, unless it was made before."""
        new = UserCreate(email=f"{DEMO}@example.com", password=password, username=DEMO)
        hashed = await hash_password(password, email=new.email, username=DEMO, passwords=passwords)
        try:
            account = await UserService(self._session).register(
                new, password_hash=hashed, role=Role.AUTHOR, at=at
            )
        except (EmailTaken, UsernameTaken):
            return []
        return [account.id]

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
        while batch := list(islice(articles, ARTICLES_AT_ONCE)):
            await self._prepare(batch, at)
            ids = await self._demo.new_ids(len(batch))
            made = [
                (await self._make(id_, new, authors, at), new)
                for id_, new in zip(ids, batch, strict=True)
            ]
            history = [each for article, new in made for each in self._history(article, new)]
            tag_ids = {tag.name: tag.id for tag in self._used_tags.values()}
            await self._demo.add_articles([article for article, _ in made], history, tag_ids)
            progress(len(batch))

    async def _prepare(self, batch: Iterable[DemoArticle], at: datetime) -> None:
        """Render new texts, make new tags, and see which addresses are free."""
        for content in {new.state["content"] for new in batch} - self._pages.keys():
            self._pages[content] = await self._renderer.render_async(
                content, ContentFormat.MARKDOWN
            )
        for name in sorted({name for new in batch for name in new.state["tags"]}):
            if name not in self._used_tags:
                [self._used_tags[name]] = await self._tags.use([name], at=at)
        titles = {title for new in batch for title in (new.state["title"], new.former_title)}
        self._taken |= await self._demo.taken_addresses(set(map(base_slug, titles)))

    async def _make(
        self, id_: int, new: DemoArticle, people: Sequence[int], at: datetime
    ) -> Article:
        authors = list(dict.fromkeys(people[int(number * len(people))] for number in new.authors))
        article = blank_article(authors[0], new.state["locale"], new.created_at)
        tags = dict.fromkeys(self._used_tags[name].name for name in new.state["tags"])
        state = {"slug": self._free_slug(new.state["title"], id_), "authors": authors}
        article.take({**new.state, **state, "tags": list(tags)})
        if new.place:
            article.series_id = await self._series_of(new.place.series, authors[0], at)
            article.series_position = new.place.position
        article.wear(self._pages[article.content])
        article.id = id_
        return article

    async def _series_of(self, title: str, owner_id: int, at: datetime) -> int:
        if title not in self._series_ids:
            owner = await self._accounts.find(str(owner_id))
            series = await self._series.named(title, owner=owner, at=at)
            self._series_ids[title] = series.id
        return self._series_ids[title]

    def _history(self, article: Article, new: DemoArticle) -> Iterator[Revision]:
        """Yield the article's first version, and before it another one if it has been renamed."""
        state = article.state()
        if new.former_title:
            slug = self._free_slug(new.former_title, article.id)
            former = {**state, "title": new.former_title, "slug": slug}
            yield _revision(article, former, [])
            article.version += 1
            article.updated_at += TIME_TO_RENAME
        yield _revision(article, state, ["title", "slug"] if new.former_title else [])

    def _free_slug(self, title: str, article_id: int) -> str:
        """Return the title's own address if that is free, or one that no other article can have."""
        base = base_slug(title)
        slug = f"{numbered_stem(base)}-{article_id}" if base in self._taken else base
        self._taken.add(slug)
        return slug


def _revision(article: Article, state: Mapping[str, Any], fields: list[str]) -> Revision:
    return Revision(
        article_id=article.id,
        version=article.version,
        editor_id=article.author_id,
        made_at=article.updated_at,
        fields=fields,
        published=article.published,
        state=dict(state),
    )


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

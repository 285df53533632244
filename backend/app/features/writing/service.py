"""Writing: making articles, changing and publishing them, and bringing them back from the bin."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from app.core.markup import ContentFormat, Renderer, Rendering
from app.core.policy import Permission
from app.features.articles.errors import NotYourArticle
from app.features.articles.rules import may_edit, may_read
from app.features.auth.service import AuthService
from app.features.drafts.service import DraftService
from app.features.pages.errors import ArticleNotFound
from app.features.series.service import SeriesService
from app.features.tags.service import TagService
from app.features.writing import rules
from app.features.writing.errors import NotDeleted
from app.features.writing.repository import WritingRepository
from app.features.writing.schemas import (
    ArticleCreate,
    ArticleUpdate,
    Edit,
    Prepared,
    Publication,
    Record,
)
from app.models import EDITABLE, Article, User, WorkingCopy

T = TypeVar("T")
Changes = Mapping[str, Any]
Check = Callable[[Article], None]
CheckCopy = Callable[[Article, WorkingCopy | None], None]

SHORT = 3_000  # characters: rendered within a millisecond, and the strangest within 25
NOTHING: Changes = MappingProxyType({})


def unchecked(_: Article, __: WorkingCopy | None = None) -> None:
    """Let every version pass."""


class WritingService:
    """The rules of writing, over one session.

    Locks are taken in one order everywhere: tags, people, articles by id, series.
    """

    def __init__(self, session: AsyncSession, settings: Settings, renderer: Renderer) -> None:
        """Take the session of the request or job, and the process's settings and renderer."""
        self._writing = WritingRepository(session, settings.site_locale)
        self._accounts = AuthService(session)
        self._drafts = DraftService(session)
        self._series = SeriesService(session)
        self._tags = TagService(session)
        self._renderer = renderer
        self._settings = settings

    async def editable(
        self, ref: str, *, editor: User, at: datetime, from_bin: bool = False
    ) -> Article:
        """Return an article that this person may edit; raise ArticleNotFound or NotYourArticle.

        What lies in the bin can only be brought back: else it is not found.
        """
        article = await self._writing.find(ref)
        if article is None or not may_read(article, editor, at):
            raise ArticleNotFound
        if not may_edit(article, editor):
            raise NotYourArticle
        if article.deleted_at is not None and not from_bin:
            raise ArticleNotFound
        return article

    async def locked(self, ref: str, *, editor: User, at: datetime) -> Article:
        """Return the same, and keep others from changing it until the commit."""
        found = await self.editable(ref, editor=editor, at=at)
        return await self._locked(found.id, editor)

    async def create(
        self,
        new: ArticleCreate,
        *,
        author: User,
        at: datetime,
        changed_at: datetime | None = None,
        wanted_slug: str = "",
    ) -> Article:
        """Make an article; raise NotYourArticle for readers, and SlugTaken for a chosen slug.

        One from elsewhere may have been changed since. A `wanted_slug` is but a wish, as a title's.
        """
        if not rules.may_write(author):
            raise NotYourArticle
        article = rules.blank_article(author.id, new.locale, at, changed_at)
        given = {"tags": new.tags, "content_format": new.content_format} | new.given()
        resolved, edit = await self._resolved(given, author, at), Edit(author, at, new.note)
        prepared = await self._prepare(article, resolved, at)
        if "translation_of" in resolved:
            await self._locked(resolved["translation_of"], author, resolved)
        await self._take(article, prepared, edit)
        await self._wear(article, prepared)
        record = Record(rules.named_in_order(prepared.changes), edit, prepared.tags)
        if article.slug:
            await self._writing.add_as(article, article.slug, record)
        else:
            slugs = rules.near(wanted_slug or rules.base_slug(article.title))
            await self._writing.add_near(article, slugs, record)
        return article

    async def update(
        self,
        ref: str,
        changes: ArticleUpdate,
        *,
        editor: User,
        at: datetime,
        check: Check = unchecked,
    ) -> Article:
        """Change what is given; `check` sees the article locked, and may raise to leave it so.

        A change that changes nothing leaves the version as it is.
        """
        article = await self.editable(ref, editor=editor, at=at)
        resolved = await self._resolved(changes.given(), editor, at)
        return await self._change(article, resolved, Edit(editor, at, changes.note), check)

    async def apply(
        self,
        ref: str,
        changes: Changes,
        *,
        editor: User,
        at: datetime,
        check: Check = unchecked,
        note: str | None = None,
    ) -> Article:
        """Change an article to what a state, or a part of one, has; what is gone is left out.

        The owner stays the owner, whatever an old state says.
        """
        article = await self.editable(ref, editor=editor, at=at)
        known = await self._without_what_is_gone(changes, article.author_id)
        if "authors" in known:
            known["authors"] = rules.owned_first(article.author_id, known["authors"])
        return await self._change(article, known, Edit(editor, at, note), check)

    async def _change(self, found: Article, changes: Changes, edit: Edit, check: Check) -> Article:
        prepared = await self._prepare(found, changes, edit.at)
        article = await self._locked(found.id, edit.editor, changes)
        check(article)
        return await self._write(article, prepared, edit)

    async def _write(self, article: Article, prepared: Prepared, edit: Edit) -> Article:
        """Write prepared changes to a locked article, and remember them as a revision."""
        before = article.state()
        await self._take(article, prepared, edit)
        fields = rules.changed_fields(before, article.state())
        if fields:
            await self._wear(article, prepared)
            await self._save(article, Record(fields, edit, prepared.tags))
        return article

    async def _take(self, article: Article, prepared: Prepared, edit: Edit) -> None:
        """Set what changes; raise ForEditors for what is not this person's to decide."""
        changes, state = prepared.changes, article.state()
        await self._settle(changes, state)
        if {"series", "series_position"} & changes.keys():
            changes["series_position"] = await self._position(state, changes)
        if not (edit.is_approved or edit.editor.may(Permission.EDIT_ANY)):
            rules.refuse_what_editors_decide(changes, state)
        rules.check_address_proven(edit.editor, article, changes, self._settings)
        article.take(changes)
        article.author_id = article.author_ids[0]
        article.published_at = rules.publication_date(
            published=article.published, published_at=article.published_at, at=edit.at
        )

    async def _wear(self, article: Article, prepared: Prepared) -> None:
        """Give the article the page of its text, made again if another change came between."""
        if prepared.rendering is not None:
            source = article.content, article.content_format
            is_same = prepared.rendered == source
            article.wear(prepared.rendering if is_same else await self._rendered(*source))

    async def _save(self, article: Article, record: Record) -> None:
        """Write an article as its next version, and forget some of those that are too old."""
        article.version += 1
        article.updated_at = record.edit.at
        await self._writing.save(article, record)
        if article.version > self._settings.revisions_kept:
            await self._writing.prune(article.id, self._settings.revisions_kept)

    async def _locked(
        self, article_id: int, editor: User, changes: Changes = NOTHING, *, from_bin: bool = False
    ) -> Article:
        """Lock an article, with what else these changes write to.

        Its editor comes first, whom the revision will name, and who may be just gone.
        """
        if not await self._accounts.keep([editor.id]):
            raise Unauthenticated
        original_id, slug = changes.get("translation_of"), changes.get("slug")
        article = await self._writing.lock(article_id, original_id=original_id, slug=slug)
        if article is None or (article.deleted_at is not None and not from_bin):
            raise ArticleNotFound
        if not may_edit(article, editor):
            raise NotYourArticle
        return article

    # What changes refer to

    async def _prepare(self, article: Article, changes: Changes, at: datetime) -> Prepared:
        """Do what takes other locks, or time, before the article is locked."""
        prepared = dict(changes)
        rendering = source = None
        tags = await self._tags.use(prepared["tags"], at=at) if "tags" in prepared else ()
        if tags:
            prepared["tags"] = [tag.name for tag in tags]
        if {"content", "content_format"} & prepared.keys():
            content = prepared.get("content", article.content)
            source = content, prepared.get("content_format", article.content_format)
            rendering = await self._rendered(*source)
        return Prepared(prepared, tags, rendering, source)

    async def _settle(self, changes: dict[str, Any], state: Changes) -> None:
        """Turn what depends on the locked articles into the words of a state."""
        if "meta" in changes:
            changes["meta"] = rules.changes_of_meta(state["meta"], changes["meta"])
        if "translation_of" in changes:
            original_id = changes.pop("translation_of")
            changes["translation_group"] = await self._writing.group_translations(original_id)

    async def _position(self, state: Changes, changes: Changes) -> int | None:
        """Return the place in the series: as wanted, as it was, or the last; raise SeriesFull."""
        series_id = changes.get("series", state["series"])
        if series_id is None:
            return None
        before = state["series_position"] if series_id == state["series"] else None
        wanted = changes.get("series_position", before)
        if wanted is not None and series_id == state["series"]:
            return int(wanted)
        last = await self._series.next_position(series_id)
        return last if wanted is None else int(wanted)

    async def _rendered(self, content: str, content_format: str) -> Rendering:
        """Render a text: a short one here, where another thread would take longer to be asked."""
        text = content, ContentFormat(content_format)
        if len(content) <= SHORT:
            return self._renderer.render(*text)
        return await self._renderer.render_async(*text)

    async def _resolved(self, given: Changes, editor: User, at: datetime) -> dict[str, Any]:
        """Return what a client gave in the words of a state; raise Invalid for what is unknown."""
        changes = {name: value for name, value in given.items() if name in EDITABLE}
        if changes.get("published_at") is not None:
            changes["published_at"] = changes["published_at"].isoformat()
        if "content_format" in changes:
            changes["content_format"] = str(changes["content_format"])
        if "authors" in changes:
            changes["authors"] = await self._people(changes["authors"])
        if changes.get("series") is not None:
            series = self._series.usable(changes["series"], editor, at=at)
            changes["series"] = (await _named("series", series)).id
        if given.get("translation_of") is not None:
            original = self.editable(given["translation_of"], editor=editor, at=at)
            changes["translation_of"] = (await _named("translation_of", original)).id
        elif "translation_of" in given:
            changes["translation_group"] = None
        return changes

    async def _people(self, refs: Sequence[str]) -> list[int]:
        people = [await _named("authors", self._accounts.find(ref)) for ref in refs]
        if others := [each.username for each in people if not rules.may_write(each)]:
            raise Invalid(f"{others[0]} may not write articles", field="authors")
        kept = await self._accounts.keep([each.id for each in people])
        return [id_ for id_ in dict.fromkeys(each.id for each in people) if id_ in kept]

    async def _without_what_is_gone(self, changes: Changes, owner_id: int) -> dict[str, Any]:
        """Return changes that were kept once, without the people and the series that are gone."""
        known = {name: value for name, value in changes.items() if name in EDITABLE}
        if "authors" in known:
            people = await self._accounts.keep([owner_id, *known["authors"]])
            known["authors"] = [id_ for id_ in known["authors"] if id_ in people] or [owner_id]
        if known.get("series") and not await self._writing.has_series(known["series"]):
            known |= {"series": None, "series_position": None}
        if "meta" in known:
            known["meta"] = rules.whole_meta(known["meta"])
        return known

    async def keep(
        self,
        ref: str,
        changes: ArticleUpdate,
        *,
        editor: User,
        at: datetime,
        check: CheckCopy = unchecked,
    ) -> Article:
        """Keep changes beside the article, in its working copy; readers see nothing of them."""
        rules.refuse_publishing(changes.model_fields_set)
        found = await self.editable(ref, editor=editor, at=at)
        resolved = await self._resolved(changes.given(), editor, at)
        if "tags" in resolved:
            resolved["tags"] = [tag.name for tag in await self._tags.use(resolved["tags"], at=at)]
        article = await self._locked(found.id, editor, resolved)
        copy = await self._drafts.copy_of(article.id)
        check(article, copy)
        await self._settle(resolved, {**article.state(), **(copy.changes if copy else {})})
        if not editor.may(Permission.EDIT_ANY):
            rules.refuse_what_editors_decide(resolved, article.state())
        await self._drafts.keep(article, resolved, editor=editor, at=at, note=changes.note)
        return article

    async def publish(
        self,
        ref: str,
        publication: Publication,
        *,
        editor: User,
        at: datetime,
        check: CheckCopy = unchecked,
    ) -> Article:
        """Publish an article with all that its working copy changes: now, or when it is said.

        Raises EditedMeanwhile where the article itself changed what its working copy changes.
        """
        found = await self.editable(ref, editor=editor, at=at)
        copy = await self._drafts.copy_of(found.id)
        waiting = copy.changes if copy else {}
        changes = await self._without_what_is_gone(waiting, found.author_id)
        prepared = await self._prepare(found, changes, at)
        article = await self._locked(found.id, editor, changes)
        copy = await self._drafts.copy_of(article.id)
        check(article, copy)
        if (copy.changes if copy else {}) != waiting:
            raise Conflict
        note = publication.note or (copy.note if copy else None)
        await self._drafts.take(article, copy, at=at)
        prepared.changes.update(rules.publishing(article, publication, at))
        return await self._write(article, prepared, Edit(editor, at, note, is_approved=True))

    async def discard(
        self, ref: str, *, editor: User, at: datetime, check: CheckCopy = unchecked
    ) -> Article:
        """Throw away what waits beside an article; raise NoWorkingCopy."""
        article = await self.locked(ref, editor=editor, at=at)
        copy = await self._drafts.copy_of(article.id)
        check(article, copy)
        await self._drafts.discard(copy, at=at)
        return article

    async def delete(
        self, ref: str, *, editor: User, at: datetime, check: Check = unchecked
    ) -> Article:
        """Put an article into the bin; `check` sees it locked, and may raise to keep it."""
        article = await self.locked(ref, editor=editor, at=at)
        check(article)
        article.deleted_at = at
        await self._save(article, Record(["deleted_at"], Edit(editor, at)))
        return article

    async def undelete(
        self, ref: str, *, editor: User, at: datetime, check: Check = unchecked
    ) -> Article:
        """Take an article out of the bin as it was; raise NotDeleted.

        If another article has its address by now, it gets one near it; if another is the
        translation into its language, it leaves their group.
        """
        found = await self.editable(ref, editor=editor, at=at, from_bin=True)
        article = await self._locked(found.id, editor, from_bin=True)
        check(article)
        if article.deleted_at is None:
            raise NotDeleted
        slug, fields = article.slug, ["deleted_at"]
        if not await self._writing.has_address(article, slug):
            slug = await self._writing.free_slug(rules.near(slug))
            fields.append("slug")
        if await self._writing.has_rival(article):
            article.translation_group = None
            fields.append("translation_group")
        article.deleted_at, article.slug = None, slug
        await self._save(article, Record(fields, Edit(editor, at)))
        return article


async def _named(field: str, wanted: Awaitable[T]) -> T:
    """Return what a field names; raise Invalid, because the article itself is there."""
    try:
        return await wanted
    except (NotFound, Forbidden) as error:
        raise Invalid(error.detail, code=error.code, field=field) from None

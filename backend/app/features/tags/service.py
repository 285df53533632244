"""Tags: using, reading, naming, merging and deleting them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.paging import Page, Slice
from app.features.tags import rules
from app.features.tags.errors import (
    NoTagToMergeInto,
    NotAnEditor,
    SameTag,
    TagNameTaken,
    TagNotFound,
    TagsBusy,
    TooManyTags,
)
from app.features.tags.repository import TagRepository
from app.features.tags.schemas import (
    MOST_TAGS,
    CountedTag,
    TagCreate,
    TagFilter,
    TagUpdate,
    UsedTag,
    without_repeats,
)
from app.models import Tag, User

Check = Callable[[Tag], None]

_ATTEMPTS = 20


class TagService:
    """The rules of tags, over one session.

    Whoever takes tags and articles in one transaction takes the tags first: merging does.
    """

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._tags = TagRepository(session)

    async def use(self, names: Sequence[str], *, at: datetime) -> list[UsedTag]:
        """Return the tags of these names, in their order and each once; make those that are not.

        A former name stands for the tag that had it. Until the end of the transaction nobody can
        rename, merge or delete these tags. Call it before an article is locked or changed, and
        rather once for all articles of a transaction than once for each.

        Raises TooManyTags; raises TagsBusy for names that others make and delete faster than they
        can be used.
        """
        wanted = without_repeats(names)
        if len(wanted) > MOST_TAGS:
            raise TooManyTags(field="tags")
        for _ in range(_ATTEMPTS):
            found = await self._tags.keep_named(wanted) if wanted else {}
            missing = [name for name in wanted if name not in found]
            if not missing:
                return list({found[name].id: found[name] for name in wanted}.values())
            await self._create(missing, at)
        raise TagsBusy

    async def _create(self, names: Sequence[str], at: datetime) -> None:
        """Make these tags, unless others get in the way: then none.

        Everybody makes tags in the same order, so that no two wait for each other.
        """
        spelled = await self._tags.spelled(
            names,
            base=[rules.base_slug(name) for name in names],
            marked=[rules.marked_slug(name) for name in names],
        )
        await self._tags.create(rules.slugs_for(spelled), at)

    async def find(self, ref: str) -> Tag:
        """Return a tag by its id, or a slug that it has or had; raise TagNotFound."""
        tag = await self._tags.get(ref)
        if tag is None:
            raise TagNotFound
        return tag

    async def named(self, words: str) -> Tag | None:
        """Return the tag that goes, or went, by this slug or name; a number may also be its id."""
        return await self._tags.named(words)

    async def page(
        self, wanted: TagFilter, page: Page, *, reader: User | None, at: datetime
    ) -> Slice[CountedTag]:
        """Return tags and their counts; those that nothing public has, only for editors."""
        with_unused = rules.may_manage(reader)
        found = await self._tags.page(wanted, page, at=at, with_unused=with_unused)
        counted = await self._counted(found.items, at)
        return Slice(counted, found.next, found.previous, found.total)

    async def most_used(self, most: int, *, at: datetime) -> Sequence[Tag]:
        """Return tags that public articles have, those of the most articles first, then by name."""
        return await self._tags.most_used(most, at)

    async def read(self, ref: str, *, reader: User | None, at: datetime) -> CountedTag:
        """Return a tag by its id, or a slug that it has or had, and its count.

        Raises TagNotFound, also for a tag that nothing public has, unless an editor reads.
        """
        [counted] = await self._counted([await self.find(ref)], at)
        if not counted.article_count and not rules.may_manage(reader):
            raise TagNotFound
        return counted

    async def create(self, new: TagCreate, *, editor: User, at: datetime) -> CountedTag:
        """Make a tag ahead of its use; raise NotAnEditor, TagNameTaken or TagSlugTaken."""
        _require_editor(editor)
        await self._tags.edit()
        if await self._tags.keep_named([new.name]):
            raise TagNameTaken
        given = new.given()
        given.setdefault("slug", await self._free_slug(new.name))
        tag = Tag(**given, created_at=at, updated_at=at)
        await self._tags.save(tag)
        return CountedTag(tag, 0)

    async def update(
        self, ref: str, changes: TagUpdate, *, editor: User, at: datetime, check: Check
    ) -> CountedTag:
        """Change what is given; `check` sees the tag locked, and may raise to leave it so.

        A former name or slug goes on leading to the tag, and its articles get the new name.
        Raises NotAnEditor, TagNotFound, TagNameTaken or TagSlugTaken.
        """
        tag = await self._locked(ref, editor)
        check(tag)
        given = changes.given()
        name, slug = tag.name, tag.slug
        if "name" in given and rules.base_slug(given["name"]) != rules.base_slug(name):
            given.setdefault("slug", await self._free_slug(given["name"], tag))
        if tag.change(given, at):
            await self._tags.save(tag)
        if (name, slug) != (tag.name, tag.slug):
            await self._tags.rename(tag, name=name, slug=slug)
        if name != tag.name:
            await self._tags.write_names(await self._tags.lock_articles(tag))
        return await self._with_count(tag, at)

    async def merge(
        self, ref: str, into: str, *, editor: User, at: datetime, check: Check
    ) -> CountedTag:
        """Make a tag a part of another one, whose articles and names are then those of both.

        Returns the other one. Raises NotAnEditor, TagNotFound, NoTagToMergeInto or SameTag.
        """
        _require_editor(editor)
        await self._tags.edit()
        source, target = await self.find(ref), await self._tags.get(into)
        if target is None:
            raise NoTagToMergeInto(field="into")
        if source is target:
            raise SameTag(field="into")
        await self._tags.lock(source)
        check(source)
        await self._tags.merge(source, target)
        return await self._with_count(target, at)

    async def delete(self, ref: str, *, editor: User, check: Check) -> None:
        """Delete a tag, and take it from its articles; `check` sees it locked, and may raise.

        Raises NotAnEditor or TagNotFound.
        """
        tag = await self._locked(ref, editor)
        check(tag)
        await self._tags.delete(tag, await self._tags.lock_articles(tag))

    async def _locked(self, ref: str, editor: User) -> Tag:
        _require_editor(editor)
        await self._tags.edit()
        tag = await self.find(ref)
        await self._tags.lock(tag)
        return tag

    async def _free_slug(self, name: str, tag: Tag | None = None) -> str:
        """Return an address for a new name, which may be one that this tag had before."""
        candidates = rules.slugs_near(name)
        taken = await self._tags.taken_slugs(candidates, besides=tag.id if tag else None)
        return next(slug for slug in candidates if slug not in taken)

    async def _with_count(self, tag: Tag, at: datetime) -> CountedTag:
        [counted] = await self._counted([tag], at)
        return counted

    async def _counted(self, tags: Sequence[Tag], at: datetime) -> list[CountedTag]:
        counts = await self._tags.counts(tags, at) if tags else {}
        return [CountedTag(tag, counts.get(tag.id, 0)) for tag in tags]


def _require_editor(user: User) -> None:
    if not rules.may_manage(user):
        raise NotAnEditor

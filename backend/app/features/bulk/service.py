"""Batches: one action on many articles, which happens to all of them or to none."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.errors import Conflict
from app.core.markup import Renderer
from app.features.articles.service import ArticleService
from app.features.bulk import rules
from app.features.bulk.repository import BulkRepository
from app.features.bulk.rules import Seen
from app.features.bulk.schemas import Action, ArticleChanged, Batch, BatchRead
from app.features.drafts.service import DraftService
from app.features.tags.schemas import MOST_TAGS, without_repeats
from app.features.tags.service import TagService
from app.features.writing.schemas import Publication
from app.features.writing.service import WritingService
from app.models import Article, User

Changes = Mapping[str, Any]


class BulkService:
    """The rules of batches, over one session.

    Each article is changed as it would be alone, once all of them are locked: tags, then people,
    then articles by id. What a single change locks after its article would otherwise come before
    the next one, and batches would wait for those who lock in the order of the house.
    """

    def __init__(self, session: AsyncSession, settings: Settings, renderer: Renderer) -> None:
        """Take the session of the request, and the process's settings and renderer."""
        self._articles = ArticleService(session, settings, renderer)
        self._batches = BulkRepository(session)
        self._drafts = DraftService(session)
        self._tags = TagService(session)
        self._writing = WritingService(session, settings, renderer)

    async def change(self, batch: Batch, *, editor: User, at: datetime) -> BatchRead:
        """Do what a batch says, to all of its articles.

        Raises what the same change of a single article raises, with the article's name in the
        `detail`; the caller has then to undo the transaction. Raises Conflict where the tags of an
        article have been changed meanwhile.
        """
        found = await self._find(batch, editor, at)
        waiting = await self._waiting(found) if batch.action is Action.PUBLISH else []
        tags = await self._settle_tags(batch, found, waiting, at)
        await self._lock(found, waiting, editor)
        changed: dict[int, Article] = {}
        for article_id in sorted(found):
            with rules.named(found[article_id].ref):
                changed[article_id] = await self._change_one(
                    batch.action, article_id, found[article_id], tags, editor=editor, at=at
                )
        articles = [changed[article_id] for article_id in found]
        return BatchRead(
            changed=sum(each.version != found[each.id].version for each in articles),
            articles=[_described(each, at) for each in articles],
        )

    async def _find(self, batch: Batch, editor: User, at: datetime) -> dict[int, Seen]:
        """Return the articles by id, in the given order; raise ArticleNotFound, NotYourArticle."""
        is_in_bin = batch.action is Action.UNDELETE
        find = self._articles.editable if is_in_bin else self._writing.editable
        found: dict[int, Seen] = {}
        for ref in batch.articles:
            with rules.named(ref):
                article = await find(ref, editor=editor, at=at)
            seen = Seen(ref, article.version, tuple(article.tag_names), tuple(article.author_ids))
            found.setdefault(article.id, seen)
        return found

    async def _waiting(self, ids: Iterable[int]) -> list[Changes]:
        """Return what the working copies of these articles bring with them."""
        copies = [await self._drafts.copy_of(article_id) for article_id in ids]
        return [copy.changes for copy in copies if copy]

    async def _lock(
        self, found: Mapping[int, Seen], waiting: Iterable[Changes], editor: User
    ) -> None:
        """Keep people from vanishing, then articles from changing, until the end."""
        people = {editor.id}.union(*(seen.authors for seen in found.values()))
        people.update(*(changes.get("authors", ()) for changes in waiting))
        slugs = {changes["slug"] for changes in waiting if "slug" in changes}
        await self._batches.lock_people(people)
        await self._batches.lock_articles(found, slugs)

    async def _settle_tags(
        self,
        batch: Batch,
        found: Mapping[int, Seen],
        waiting: Iterable[Changes],
        at: datetime,
    ) -> dict[int, list[str]]:
        """Return what tags each article will have, and keep these from changing until the end."""
        if batch.action is Action.PUBLISH:
            brought = (changes.get("tags", ()) for changes in waiting)
            await self._keep(chain.from_iterable(brought), at)
            return {}
        if batch.action is Action.TAG:
            names = [tag.name for tag in await self._tags.use(batch.tags, at=at)]
            after = {key: rules.with_tags(seen.tags, names) for key, seen in found.items()}
        elif batch.action is Action.UNTAG:
            meant = await self._meant(batch.tags)
            after = {key: rules.without_tags(seen.tags, meant) for key, seen in found.items()}
        else:
            return {}
        await self._keep(chain.from_iterable(after.values()), at)
        return after

    async def _meant(self, names: Iterable[str]) -> dict[str, str]:
        """Return the name of the tag that each name stands for, itself if it is none's."""
        tags = {name: await self._tags.named(name) for name in names}
        return {name: tag.name if tag else name for name, tag in tags.items()}

    async def _keep(self, names: Iterable[str], at: datetime) -> None:
        distinct = without_repeats(list(names))
        for start in range(0, len(distinct), MOST_TAGS):
            await self._tags.use(distinct[start : start + MOST_TAGS], at=at)

    async def _change_one(
        self,
        action: Action,
        article_id: int,
        seen: Seen,
        tags: Mapping[int, list[str]],
        *,
        editor: User,
        at: datetime,
    ) -> Article:
        ref, writing = str(article_id), self._writing
        match action:
            case Action.PUBLISH:
                return await writing.publish(ref, Publication(), editor=editor, at=at)
            case Action.UNPUBLISH:
                return await writing.apply(ref, {"published": False}, editor=editor, at=at)
            case Action.TAG | Action.UNTAG:
                changes = {"tags": tags[article_id]}
                check = _unless_retagged(seen)
                return await writing.apply(ref, changes, editor=editor, at=at, check=check)
            case Action.DELETE:
                return await writing.delete(ref, editor=editor, at=at)
            case Action.UNDELETE:
                return await writing.undelete(ref, editor=editor, at=at)


def _unless_retagged(seen: Seen) -> Callable[[Article], None]:
    """Return what raises Conflict when an article has no longer the tags that were seen."""

    def check(article: Article) -> None:
        if tuple(article.tag_names) != seen.tags:
            raise Conflict

    return check


def _described(article: Article, at: datetime) -> ArticleChanged:
    return ArticleChanged(
        id=article.id, slug=article.slug, version=article.version, status=article.status(at)
    )

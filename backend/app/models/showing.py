"""What is shown of articles: the columns that PostgreSQL makes JSON of, in lists and on pages.

A wire shape says the names; a name that is no column of the article stands for what is found here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Subquery,
    case,
    false,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSON, array

from app.core.sqljson import NULL, Columns, first_of, list_of, row, shown
from app.models.article import Article, ArticleAuthor, ArticleTag, Moment
from app.models.follow import UserFollow
from app.models.reaction import ArticleCounts, Bookmark, Favorite
from app.models.series import Series
from app.models.tag import Tag
from app.models.user import User

_NONE = literal_column("0", BigInteger)


@dataclass(frozen=True, slots=True)
class Showing:
    """Which fields of an article are shown, of its authors, tags and series, to whom, and when.

    Without a reader, nobody has done anything with it. Its neighbours in the series are not shown.
    """

    fields: Sequence[str]
    people: Sequence[str]
    tags: Iterable[str]
    reader: ColumnElement[int] | None
    at: Moment
    series: Iterable[str] = ()

    def of(
        self, source: FromClause, **more: ColumnElement[Any]
    ) -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
        """Return what is to be selected from, and the columns; `source` has the articles.

        There may be `more` names than are known here.
        """
        if {"comments_count", "favorites_count"} & set(self.fields):
            source = source.outerjoin(ArticleCounts, ArticleCounts.article_id == Article.id)
        owner = select(row(self._owner()).label("json")).lateral("owner")
        if {"author", "authors"} & set(self.fields):
            source = source.join(owner, true())
        found = {**self._found(owner.c.json), **more}
        columns = {
            name: found[name] if name in found else getattr(Article, name) for name in self.fields
        }
        return source, columns

    def _found(self, owner: ColumnElement[Any]) -> Columns:
        reader = self.reader
        return {
            "status": Article.status_at(self.at),
            "comments_count": func.coalesce(ArticleCounts.comments, _NONE),
            "favorites_count": func.coalesce(ArticleCounts.favorites, _NONE),
            "favorited": false() if reader is None else Favorite.by(reader),
            "bookmarked": false() if reader is None else Bookmark.by(reader),
            "author": owner,
            "authors": self._authors(owner),
            "tags": self._tags(),
            "series": self._series(),
        }

    def _authors(self, owner: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the authors; where the owner is alone, they need not be looked for."""
        is_alone = Article.author_ids == array([Article.author_id])
        alone = func.json_build_array(owner, type_=JSON)
        authors = select(*shown(self._person())).select_from(ArticleAuthor)
        authors = authors.join(User, User.id == ArticleAuthor.user_id)
        authors = authors.where(ArticleAuthor.article_id == Article.id)
        in_order = authors.order_by(ArticleAuthor.position).correlate(Article)
        return case((is_alone, alone), else_=list_of(in_order))

    def _tags(self) -> ColumnElement[Any]:
        tags = select(*(getattr(Tag, name) for name in self.tags)).select_from(ArticleTag)
        tags = tags.join(Tag, Tag.id == ArticleTag.tag_id)
        tags = tags.where(ArticleTag.article_id == Article.id)
        return list_of(tags.order_by(ArticleTag.position).correlate(Article))

    def _series(self) -> ColumnElement[Any]:
        columns = [getattr(Series, name) for name in self.series]
        place = Article.series_position.label("position")
        alone = (NULL.label("previous"), NULL.label("next"))
        series = select(*columns, place, *alone).where(Series.id == Article.series_id)
        return first_of(series.correlate(Article))

    def _owner(self) -> Subquery:
        query = select(*shown(self._person())).where(User.id == Article.author_id)
        return query.correlate(Article).subquery("person")

    def _person(self) -> dict[str, ColumnElement[Any]]:
        followed = false() if self.reader is None else UserFollow.by(self.reader)
        return {
            name: followed if name == "followed" else getattr(User, name) for name in self.people
        }

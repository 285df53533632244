"""The wire shapes of series."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from app.core.places import Place
from app.core.schemas import AnswerModel, RequestModel, example, omitted
from app.core.text import MAX_BIGINT, Line, Slug, Text
from app.models import Article, Series, Status

MOST_ARTICLES = 500  # One answer shows a whole series.


Title = Annotated[str, Line(1, 200)]
Description = Annotated[str, Text(1, 2000)]
ArticleId = Annotated[int, Field(ge=1, le=MAX_BIGINT)]

_BRIEF = {"id": 3, "slug": "a-year-on-the-water", "title": "A year on the water"}
_NEW = {
    "title": "A year on the water",
    "description": "Twelve months, twelve rivers.",
    "cover": "/images/river.jpg",
}
_SUMMARY = {
    **_BRIEF,
    **_NEW,
    "owner_id": 1,
    "article_count": 1,
    "version": 2,
    "created_at": "2026-11-20T18:00:00Z",
    "updated_at": "2026-11-21T09:30:00Z",
}
_ARTICLE = {
    "id": 7,
    "slug": "down-the-river",
    "title": "Down the river",
    "position": 1,
    "status": "published",
    "published_at": "2026-11-21T09:30:00Z",
    "excerpt": "We set out at five in the morning.",
}


class SeriesCreate(RequestModel):
    """A new series, still without articles."""

    model_config = example(_NEW)

    title: Title
    slug: Slug = Field(
        default_factory=omitted,
        description="Its address, which stays. Without one, it is made from the title.",
    )
    description: Description | None = None
    cover: Place | None = Field(None, description="A picture's web address or path.")


class SeriesUpdate(RequestModel):
    """Changes to a series; only what is given changes. Its address stays as it is."""

    model_config = example({"title": "Two years on the water"})

    title: Title = Field(default_factory=omitted)
    description: Description | None = None
    cover: Place | None = None


class SeriesOrder(RequestModel):
    """The order of a series."""

    model_config = example({"articles": [7]})

    articles: Annotated[list[ArticleId], Field(max_length=MOST_ARTICLES)] = Field(
        description="The id of each article that `GET /series/{ref}` shows you, once. Those of"
        " others that you cannot see keep their order behind them."
    )


class SeriesBrief(AnswerModel):
    """A series in an article's answer."""

    model_config = example(_BRIEF)

    id: int
    slug: str
    title: str


class SeriesArticle(AnswerModel):
    """An article in its series."""

    model_config = example(_ARTICLE)

    id: int
    slug: str
    title: str
    position: int = Field(description="Its place among the articles of this answer, from 1.")
    status: Status = Field(description="Where it stands at the moment of the answer.")
    published_at: datetime | None
    excerpt: str

    @classmethod
    def of(cls, article: Article, position: int, at: datetime) -> Self:
        """Describe an article at this place, as it stands at the given moment."""
        return cls(
            id=article.id,
            slug=article.slug,
            title=article.title,
            position=position,
            status=article.status(at),
            published_at=article.published_at,
            excerpt=article.excerpt,
        )


class SeriesListed(AnswerModel):
    """A series in a list."""

    model_config = example(_SUMMARY)

    id: int
    slug: str
    title: str
    description: str | None
    cover: str | None
    owner_id: int | None
    article_count: int = Field(description="How many of its articles everybody can see.")
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def counted(cls, series: Series, article_count: int) -> Self:
        """Describe a series with this many public articles."""
        columns = cls.model_fields.keys() & Series.__table__.columns.keys()
        values = {name: getattr(series, name) for name in columns}
        return cls.model_validate({**values, "article_count": article_count})


class SeriesRead(SeriesListed):
    """A series with its articles."""

    model_config = example({**_SUMMARY, "articles": [_ARTICLE]})

    articles: list[SeriesArticle]

    @classmethod
    def of(cls, series: Series, articles: Sequence[Article], at: datetime) -> Self:
        """Describe a series with these articles, in their order, at the given moment."""
        listed = SeriesListed.counted(series, sum(each.is_public(at) for each in articles))
        shown = [SeriesArticle.of(each, place, at) for place, each in enumerate(articles, start=1)]
        return cls(**dict(listed), articles=shown)

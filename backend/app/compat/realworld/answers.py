"""What RealWorld is answered: wrapped, and in camelCase."""

import json
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from app.compat.realworld.schemas import BLANK
from app.core.paging import Listed, Listing
from app.core.schemas import AnswerModel
from app.models import Article, Comment, User


def _with_milliseconds(moment: datetime) -> str:
    """Return a moment as JavaScript's `toISOString` writes it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


Moment = Annotated[datetime, PlainSerializer(_with_milliseconds)]


class _Answer(AnswerModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Account(_Answer):
    """Somebody's own account, and the token that it is asked for with."""

    email: str
    username: str
    bio: str | None
    image: str | None
    token: str

    @classmethod
    def of(cls, user: User, token: str) -> Self:
        """Describe an account."""
        return cls(
            email=user.email,
            username=user.username,
            bio=user.bio or None,
            image=user.avatar,
            token=token,
        )


class Profile(_Answer):
    """What everybody sees of a person, and whether who asks follows them."""

    username: str
    bio: str | None
    image: str | None
    following: bool

    @classmethod
    def of(cls, user: User, *, following: bool) -> Self:
        """Describe a person."""
        return cls(
            username=user.username,
            bio=user.bio or None,
            image=user.avatar,
            following=following,
        )


# Who has deleted their account; nobody's username has brackets.
GONE = Profile(username="[deleted]", bio=None, image=None, following=False)


class ListedArticle(_Answer):
    """An article without its text."""

    slug: str
    title: str
    description: str
    tag_list: list[str]
    created_at: Moment
    updated_at: Moment
    favorited: bool
    favorites_count: int
    author: Profile

    @classmethod
    def of(cls, article: Article, reader: User | None, **more: str) -> Self:
        """Describe an article to a reader; `more` is what a wider shape says besides."""
        by, is_known = article.author, reader is not None
        return cls(
            slug=article.slug,
            title=article.title,
            description=article.excerpt,
            tag_list=list(article.tag_names),
            created_at=article.created_at,
            updated_at=article.updated_at,
            favorited=article.is_favorited,
            favorites_count=article.favorites_count,
            author=Profile.of(by, following=is_known and by.is_followed),
            **more,
        )

    @classmethod
    def listed(cls, item: Listed) -> Self:
        """Describe an article of a list, which is JSON of our own shape with `SHOWS`."""
        known = json.loads(item.json)
        by = known["author"]
        return cls(
            slug=known["slug"],
            title=known["title"],
            description=known["excerpt"],
            tag_list=[tag["name"] for tag in known["tags"]],
            created_at=known["created_at"],
            updated_at=known["updated_at"],
            favorited=known["favorited"],
            favorites_count=known["favorites_count"],
            author=Profile(
                username=by["username"],
                bio=by["bio"] or None,
                image=by["avatar"],
                following=by["followed"],
            ),
        )


class WholeArticle(ListedArticle):
    """An article."""

    body: str


class SaidComment(_Answer):
    """A comment."""

    id: int
    body: str
    created_at: Moment
    updated_at: Moment
    author: Profile

    @classmethod
    def of(cls, comment: Comment) -> Self:
        """Describe a comment that was read, or written, together with its author."""
        by = comment.author
        return cls(
            id=comment.id,
            body=comment.content,
            created_at=comment.created_at,
            updated_at=comment.updated_at,
            author=GONE if by is None else Profile.of(by, following=by.is_followed),
        )


class AccountAnswer(_Answer):
    """How an account goes out."""

    user: Account


class ProfileAnswer(_Answer):
    """How a profile goes out."""

    profile: Profile


class ArticleAnswer(_Answer):
    """How an article goes out."""

    article: WholeArticle

    @classmethod
    def of(cls, article: Article, reader: User | None) -> Self:
        """Wrap an article for a reader."""
        return cls(article=WholeArticle.of(article, reader, body=article.content))


class ArticlesAnswer(_Answer):
    """How a page of a list goes out; the count is that of the whole list."""

    articles: list[ListedArticle]
    articles_count: int

    @classmethod
    def of(cls, found: Listing) -> Self:
        """Wrap a page."""
        listed = [ListedArticle.listed(item) for item in found.items]
        return cls(articles=listed, articles_count=found.total or 0)


class CommentAnswer(_Answer):
    """How a comment goes out."""

    comment: SaidComment


class CommentsAnswer(_Answer):
    """How comments go out."""

    comments: list[SaidComment]


class TagsAnswer(_Answer):
    """How tags go out."""

    tags: list[str]


class Refusal(_Answer):
    """Why a request was refused: under each field, what is wrong with it."""

    errors: dict[str, list[str]] = Field(examples=[{"title": [BLANK]}])

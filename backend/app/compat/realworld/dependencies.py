"""What the routers of RealWorld ask for: bodies and paths as its clients send them.

Everything here stands behind the parameter that says who is asking. So whoever is not signed in
hears of nothing else.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Query, Request
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import BaseModel, BeforeValidator, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.compat.realworld.answers import Refusal
from app.compat.realworld.problems import body_problems
from app.compat.realworld.schemas import (
    ArticleChangesBody,
    NewArticleBody,
    NewCommentBody,
    NewUserBody,
    SignInBody,
    UserChangesBody,
)
from app.core.config import Settings
from app.core.paging import Page
from app.core.text import MAX_BIGINT, as_id, clean_line
from app.features.auth.dependencies import CurrentPerson
from app.features.auth.errors import UserNotFound
from app.features.comments.errors import CommentNotFound
from app.features.limits.dependencies import Limits
from app.features.limits.rules import Charge, email_subject, mails_to_address
from app.features.lists.schemas import BIO, FOLLOWED, ArticleFilter
from app.features.pages.errors import ArticleNotFound
from app.features.users.rules import check_open
from app.features.users.schemas import ProfileUpdate
from app.models import Article
from app.web.session import Parts

LONGEST_NAME = 200

# The fields of an article that RealWorld shows, and of its author.
SHOWS = frozenset({
    "slug", "title", "excerpt", "tags", "created_at", "updated_at", "author", "favorites_count",
    "favorited", FOLLOWED, BIO,
})  # fmt: skip

M = TypeVar("M", bound=BaseModel)


def body_of(model: type[M]) -> Callable[[Request], Awaitable[M]]:
    """Return what reads a body itself: the framework would look at it before anything else."""

    async def read(request: Request) -> M:
        try:
            return model.model_validate_json(await request.body())
        except ValidationError as error:
            raise body_problems(error) from None
        except ClientDisconnect:
            raise HTTPException(400, "The body has not arrived") from None

    return read


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """Return what a route says of such a body in the OpenAPI document."""
    schema = model.model_json_schema()
    content = {"application/json": {"schema": _inlined(schema, schema.pop("$defs", {}))}}
    return {"requestBody": {"required": True, "content": content}}


def _inlined(schema: Any, known: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON of any kind
    """Return a schema with what it refers to in its place."""
    if isinstance(schema, list):
        return [_inlined(each, known) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(known[schema["$ref"].rpartition("/")[2]], known)
    return {name: _inlined(value, known) for name, value in schema.items()}


async def _open_to_all(parts: Parts) -> None:
    """Let whoever asks make an account, whose token is not looked at: it may be of another."""
    check_open(parts.settings.registration)


OpenToAll = Annotated[None, Depends(_open_to_all)]
NewUserGiven = Annotated[NewUserBody, Depends(body_of(NewUserBody))]
SignInGiven = Annotated[SignInBody, Depends(body_of(SignInBody))]
NewArticleGiven = Annotated[NewArticleBody, Depends(body_of(NewArticleBody))]
ArticleChangesGiven = Annotated[ArticleChangesBody, Depends(body_of(ArticleChangesBody))]
NewCommentGiven = Annotated[NewCommentBody, Depends(body_of(NewCommentBody))]


async def _limited_changes(
    person: CurrentPerson,
    body: Annotated[UserChangesBody, Depends(body_of(UserChangesBody))],
    limits: Limits,
) -> ProfileUpdate:
    """Count whose mailbox a new address fills: its own, or the old one, which is told."""
    changes, settings = body.user.translated(), limits.settings
    old = person.user.email
    new = changes.given().get("email", old)
    if new != old:
        filled = old if settings.email_verification == "off" else new
        await limits.spend(Charge(mails_to_address(settings), email_subject(filled)))
    return changes


LimitedChanges = Annotated[ProfileUpdate, Depends(_limited_changes)]


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of error answers, for the `responses` of a route."""
    return {status: {"model": Refusal} for status in (*statuses, 413, 429, 503)}


def _as_name(given: str) -> str | None:
    """Return what may be a slug or a username; None for an id, and for what nothing is called."""
    try:
        name = clean_line(given)
    except ValueError:
        return None
    is_name = 0 < len(name) <= LONGEST_NAME and as_id(name) is None
    return name if is_name else None


def kept(article: Article) -> Article:
    """Return an article; raise ArticleNotFound for one in the bin, which RealWorld has not."""
    if article.deleted_at is not None:
        raise ArticleNotFound
    return article


async def _slug(slug: Annotated[str, Path(examples=["down-the-river"])]) -> str:
    name = _as_name(slug)
    if name is None:
        raise ArticleNotFound
    return name


async def _username(username: Annotated[str, Path(examples=["anna"])]) -> str:
    name = _as_name(username)
    if name is None:
        raise UserNotFound
    return name


async def _comment_id(comment_id: Annotated[str, Path(examples=["11"])]) -> int:
    id_ = as_id(comment_id)
    if id_ is None or not 0 < id_ <= MAX_BIGINT:
        raise CommentNotFound
    return id_


SlugGiven = Annotated[str, Depends(_slug)]
UsernameGiven = Annotated[str, Depends(_username)]
CommentIdGiven = Annotated[int, Depends(_comment_id)]


# Beyond it, what comes after the page could not be counted any more.
FARTHEST = MAX_BIGINT - 1000


def _or(default: int) -> BeforeValidator:
    """Take a parameter without a value for one that is not there."""
    return BeforeValidator(lambda value: default if value == "" else value)


async def _page(
    limit: Annotated[int, _or(20), Query(ge=1, le=100, description="Articles on a page.")] = 20,
    offset: Annotated[int, _or(0), Query(ge=0, description="Articles to leave out first.")] = 0,
) -> Page:
    return Page(limit, skip=min(offset, FARTHEST), total=True)


PageGiven = Annotated[Page, Depends(_page)]


async def _wanted(
    tag: Annotated[str, Query(description="A tag.")] = "",
    author: Annotated[str, Query(description="A username.")] = "",
    favorited: Annotated[str, Query(description="The username of somebody who likes them.")] = "",
) -> ArticleFilter | None:
    """Return which articles are wanted; None where a name is none, so that there cannot be any."""
    tag_name = tag.strip() and _as_tag(tag)
    people = [_as_name(ref) if ref.strip() else "" for ref in (author, favorited)]
    if tag_name is None or None in people:
        return None
    by, liked_by = people
    return ArticleFilter(
        tag=tag_name or None, author=by or None, favorited_by=liked_by or None, shows=SHOWS
    )


def _as_tag(given: str) -> str | None:
    """Return the name of a tag, which may be a number, or None for what no tag is called."""
    try:
        name = clean_line(given)
    except ValueError:
        return None
    return name if 0 < len(name) <= LONGEST_NAME else None


WantedArticles = Annotated[ArticleFilter | None, Depends(_wanted)]


async def _given_token(request: Request) -> str:
    return get_authorization_scheme_param(request.headers.get("authorization"))[1]


GivenToken = Annotated[str, Depends(_given_token)]


def lasting(settings: Settings) -> timedelta:
    """Return how long a token is good that its client can never renew: as long as any session.

    What ends it is its session: when nobody uses it any more, or somebody signs it out.
    """
    return timedelta(days=settings.session_days)

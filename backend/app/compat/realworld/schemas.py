"""The wire shapes of RealWorld: wrapped, in camelCase, and read more leniently than our own.

What comes in goes on in the shapes of our own services, whose texts may only be shorter here.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.core.schemas import RequestModel, omitted
from app.core.text import Email, Text, WebAddress
from app.features.auth.schemas import Login, Password, TypedPassword
from app.features.comments.schemas import CommentCreate
from app.features.comments.schemas import Content as Words
from app.features.tags.schemas import TagNames
from app.features.users.schemas import (
    LONGEST_USERNAME,
    Bio,
    ProfileUpdate,
    UserCreate,
    check_username,
)
from app.features.writing.schemas import (
    LONGEST_CONTENT,
    ArticleCreate,
    ArticleUpdate,
    Excerpt,
    Title,
)

BLANK = "can't be blank"


def _present(value: object) -> object:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise PydanticCustomError("blank", BLANK)
    return value


def _not_empty(value: object) -> object:
    """Be the same for a password, which is kept exactly as typed: spaces are something."""
    if value is None or value == "":
        raise PydanticCustomError("blank", BLANK)
    return value


def _blank_is_null(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _without_blanks(value: object) -> object:
    """Leave out what a field for tags gives when nothing has been typed into it."""
    if not isinstance(value, list):
        return value
    return [each for each in value if not isinstance(each, str) or each.strip()]


_Present = BeforeValidator(_present)
_NotEmpty = BeforeValidator(_not_empty)
_BlankIsNull = BeforeValidator(_blank_is_null)

_Name = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_USERNAME, pattern=r"^[A-Za-z0-9._-]+$"),
    AfterValidator(check_username),
]
_Content = Annotated[str, Text(1, LONGEST_CONTENT)]


class ShortUser(UserCreate):
    """An account as our own API makes it, whose username may be a single letter."""

    username: _Name = Field(default_factory=omitted)


class ShortProfile(ProfileUpdate):
    """Changes to an account, likewise."""

    username: _Name = Field(default_factory=omitted)


class ShortArticle(ArticleCreate):
    """An article as our own API makes it, whose text may be a single letter."""

    content: _Content


class ShortArticleUpdate(ArticleUpdate):
    """Changes to an article, likewise."""

    content: _Content = Field(default_factory=omitted)


class _Lenient(RequestModel):
    """A body whose other fields are ignored: front ends send back all that they were given."""

    model_config = ConfigDict(extra="ignore")


class NewUser(_Lenient):
    """A new account."""

    username: Annotated[_Name, _Present]
    email: Annotated[Email, _Present]
    password: Annotated[Password, _NotEmpty]

    def translated(self) -> UserCreate:
        """Return it as our own services take it."""
        return ShortUser(**self.model_dump())


class SignIn(_Lenient):
    """An e-mail and a password."""

    email: Annotated[Login, _Present]
    password: Annotated[TypedPassword, _NotEmpty]


class UserChanges(_Lenient):
    """Changes to one's own account; only what is given changes."""

    email: Annotated[Email, _Present] = Field(default_factory=omitted)
    username: Annotated[_Name, _Present] = Field(default_factory=omitted)
    password: Annotated[Password, _NotEmpty] = Field(default_factory=omitted)
    bio: Annotated[Bio | None, _BlankIsNull] = None
    image: Annotated[WebAddress | None, _BlankIsNull] = None

    def translated(self) -> ProfileUpdate:
        """Return them as our own services take them."""
        return ShortProfile(**_renamed(self.given(), {"image": "avatar"}))


_OF_ARTICLES = {"body": "content", "description": "excerpt", "tag_list": "tags"}
_TagList = Annotated[TagNames, BeforeValidator(_without_blanks)]


class NewArticle(_Lenient):
    """A new article."""

    title: Annotated[Title, _Present]
    description: Annotated[Excerpt, _Present]
    body: Annotated[_Content, _Present]
    tag_list: _TagList = Field(default_factory=list, alias="tagList")

    def translated(self) -> ArticleCreate:
        """Return it as our own services take it: public at once."""
        return ShortArticle(published=True, **_renamed(self.model_dump(), _OF_ARTICLES))


class ArticleChanges(_Lenient):
    """Changes to an article; only what is given changes."""

    title: Annotated[Title, _Present] = Field(default_factory=omitted)
    description: Annotated[Excerpt, _Present] = Field(default_factory=omitted)
    body: Annotated[_Content, _Present] = Field(default_factory=omitted)
    tag_list: _TagList = Field(default_factory=omitted, alias="tagList")

    def translated(self) -> ArticleUpdate:
        """Return them as our own services take them."""
        return ShortArticleUpdate(**_renamed(self.given(), _OF_ARTICLES))


class NewComment(_Lenient):
    """A new comment."""

    body: Annotated[Words, _Present]

    def translated(self) -> CommentCreate:
        """Return it as our own services take it: an answer to nothing but the article."""
        return CommentCreate(content=self.body)


class NewUserBody(_Lenient):
    """How a new account comes."""

    user: NewUser


class SignInBody(_Lenient):
    """How an e-mail and a password come."""

    user: SignIn


class UserChangesBody(_Lenient):
    """How changes to an account come."""

    user: UserChanges


class NewArticleBody(_Lenient):
    """How a new article comes."""

    article: NewArticle


class ArticleChangesBody(_Lenient):
    """How changes to an article come."""

    article: ArticleChanges


class NewCommentBody(_Lenient):
    """How a new comment comes."""

    comment: NewComment


def _renamed(given: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in given.items()}

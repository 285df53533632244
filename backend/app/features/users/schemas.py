"""The wire shapes of people."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from app.core.policy import Role
from app.core.schemas import AnswerModel, RequestModel, example, omitted
from app.core.text import Email, Line, Ref, Text, WebAddress
from app.features.auth.schemas import Password, TypedPassword

LONGEST_USERNAME = 50
SHORTEST_USERNAME = 2
RESERVED = frozenset({"me"})


def check_username(username: str) -> str:
    """Return the username; raise ValueError when a path could not tell it from something else."""
    if username.isdigit():
        raise ValueError("must not be only digits, because those are ids")
    if not username.strip("."):
        raise ValueError("must not be only dots, because a path cannot say them")
    if username.lower() in RESERVED:
        raise ValueError("is reserved")
    return username


Username = Annotated[
    str,
    Field(
        min_length=SHORTEST_USERNAME,
        max_length=LONGEST_USERNAME,
        pattern=r"^[A-Za-z0-9._-]+$",
        description="Letters, digits and `._-`, not only digits or dots. Unique whatever its case.",
    ),
    AfterValidator(check_username),
]
FullName = Annotated[str, Line(1, 100)]
Bio = Annotated[str, Text(0, 2000)]

_PROFILE = {
    "id": 1,
    "username": "anna",
    "full_name": "Anna Liffey",
    "bio": "Writes about rivers.",
    "website": "https://example.com",
    "avatar": None,
    "created_at": "2026-11-21T09:30:00Z",
}
_ACCOUNT = {
    **_PROFILE,
    "email": "anna@example.com",
    "role": "author",
    "is_active": True,
    "is_superuser": False,
    "email_verified_at": "2026-11-21T09:31:00Z",
    "second_factor": False,
    "updated_at": "2026-11-21T09:30:00Z",
}


class UserCreate(RequestModel):
    """A new account."""

    model_config = example({"email": "anna@example.com", "password": "a-long-pass-phrase"})

    email: Email
    password: Password
    username: Username = Field(
        default_factory=omitted, description="Without one, it is made from the e-mail."
    )
    full_name: FullName | None = None


class ProfileUpdate(RequestModel):
    """What everybody may change of an account; only what is given changes."""

    email: Email = Field(default_factory=omitted)
    username: Username = Field(default_factory=omitted)
    full_name: FullName | None = None
    bio: Bio | None = None
    website: WebAddress | None = None
    avatar: WebAddress | None = Field(None, description="The address of a picture.")
    password: Password = Field(default_factory=omitted)


class UserUpdate(ProfileUpdate):
    """Changes to one's own account. A new e-mail or password needs the current password."""

    model_config = example({"full_name": "Anna Liffey", "bio": "Writes about rivers."})

    current_password: TypedPassword = Field(default_factory=omitted)


class UserAdministration(ProfileUpdate):
    """Changes that an administrator makes to any account."""

    model_config = example({"role": "editor", "is_active": True})

    role: Role = Field(default_factory=omitted, strict=False)
    is_active: bool = Field(default_factory=omitted)


class HandOver(RequestModel):
    """To whom all articles and series of an account go."""

    model_config = example({"to": "bert"})

    to: Ref = Field(description="An id or a username of somebody who may write.")


class HandedOver(AnswerModel):
    """What has changed hands."""

    model_config = example({"articles": 12, "series": 1})

    articles: int
    series: int


class UserPublic(AnswerModel):
    """What everybody sees of a person."""

    model_config = example(_PROFILE)

    id: int
    username: str
    full_name: str | None
    bio: str | None
    website: str | None
    avatar: str | None
    created_at: datetime


class UserRead(UserPublic):
    """The whole account, for its owner and administrators."""

    model_config = example(_ACCOUNT)

    email: str
    role: Role
    is_active: bool
    is_superuser: bool = Field(description="Whether the role is `admin`.")
    email_verified_at: datetime | None = Field(description="When the e-mail was proven.")
    second_factor: bool = Field(description="Whether signing in takes a second factor.")
    updated_at: datetime


class OwnAccount(UserRead):
    """One's own account, and what is still to happen to it."""

    model_config = example({**_ACCOUNT, "pending_email": None})

    pending_email: str | None = Field(
        None, description="The e-mail that it will have when the link mailed there is followed."
    )

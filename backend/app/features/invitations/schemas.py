"""The wire shapes of invitations."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.core.policy import Role
from app.core.schemas import AnswerModel, RequestModel, example, omitted
from app.core.text import Email, Line
from app.features.auth.schemas import Password
from app.features.users.schemas import FullName, Username
from app.jobs.tasks import Task


class InvitationCreate(RequestModel):
    """Somebody who is to have an account."""

    model_config = example({"email": "bert@example.com", "role": "author"})

    email: Email
    role: Role = Field(strict=False, description="The role of the account: one's own at the most.")


class InvitationAccept(RequestModel):
    """The token of an invitation, and what the account is to be like."""

    model_config = example({"token": "eyJhbGciOi…", "password": "a-long-pass-phrase"})

    token: Annotated[str, Line(1, 4096)] = Field(description="From the link in the mail.")
    password: Password
    username: Username = Field(
        default_factory=omitted, description="Without one, it is made from the e-mail."
    )
    full_name: FullName | None = None

    def account(self) -> dict[str, Any]:
        """Return what is given of the account."""
        return self.model_dump(exclude_unset=True, exclude={"token"})


class Inviter(AnswerModel):
    """Who has invited somebody."""

    id: int
    username: str
    full_name: str | None


class InvitationRead(AnswerModel):
    """An invitation. Its token goes by mail only."""

    model_config = example(
        {
            "id": 5,
            "email": "bert@example.com",
            "role": "author",
            "inviter": {"id": 1, "username": "anna", "full_name": "Anna Liffey"},
            "created_at": "2026-11-21T09:30:00Z",
            "expires_at": "2026-11-28T09:30:00Z",
            "accepted_at": None,
            "account_id": None,
        }
    )

    id: int
    email: str
    role: Role
    inviter: Inviter
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    account_id: int | None = Field(description="The account that it has become.")


class Sending(BaseModel):
    """Which invitation is to be mailed."""

    invitation_id: int


SEND = Task("invitations.send", Sending)

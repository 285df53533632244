"""The wire shapes of links that prove an address, and what their jobs are told."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.schemas import AnswerModel, RequestModel, example, omitted
from app.core.text import Email, Line
from app.core.tokens import LONGEST, Purpose
from app.features.auth.schemas import Password
from app.jobs.tasks import Task

LinkToken = Annotated[
    str, Line(1, LONGEST), Field(description="From the link in the mail, after `token=`.")
]


class VerificationWish(RequestModel):
    """A wish for another link to verify an address."""

    model_config = example({"email": "anna@example.com"})

    email: Email = Field(
        default_factory=omitted, description="Whose it is; not needed when you are signed in."
    )


class Forgotten(RequestModel):
    """Somebody who has forgotten a password."""

    model_config = example({"email": "anna@example.com"})

    email: Email


class Confirmation(RequestModel):
    """A link that somebody follows."""

    model_config = example({"token": "eyJhbGciOi…"})

    token: LinkToken


class PasswordReset(Confirmation):
    """The same, with the password that shall be."""

    model_config = example({"token": "eyJhbGciOi…", "password": "a-longer-pass-phrase"})

    password: Password


class Taken(AnswerModel):
    """That a wish is taken: the same answer to everybody."""

    model_config = example(
        {"detail": "If this address belongs to an account, a mail is on its way to it"}
    )

    detail: str = "If this address belongs to an account, a mail is on its way to it"


class Sending(BaseModel):
    """Which link is to be mailed. Its token is made when it is sent, and kept nowhere."""

    model_config = ConfigDict(frozen=True)

    proof_id: int


class Search(BaseModel):
    """An address that somebody without a sign-in wants a link for, and from where they asked."""

    model_config = ConfigDict(frozen=True)

    purpose: Literal[Purpose.VERIFY_EMAIL, Purpose.RESET_PASSWORD]
    email: Email
    address: str
    user_agent: str
    request_id: str


SEND = Task("verification.send", Sending)
SEARCH = Task("verification.search", Search)

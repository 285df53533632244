"""The wire shapes of signing in by way of a provider, and what is said between the two."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.core.schemas import AnswerModel, RequestModel, example
from app.core.text import Email
from app.features.users.schemas import FullName

# Printable ASCII after one slash: no second one, no backslash, no fragment, nothing that a browser
# would take for the name of another site. The site's own address is put before it in any case.
ReturnTo = Annotated[
    str,
    Field(
        max_length=500,
        pattern=r'^/(?:[!"$-.0-\[\]-~][!"$-\[\]-~]*)?$',
        description="Where on the site to go afterwards: a path, with or without a query.",
        examples=["/account"],
    ),
]


class ProviderRead(AnswerModel):
    """The provider that one can sign in with, for a button."""

    model_config = example({"enabled": True, "name": "Example"})

    enabled: bool
    name: str = Field(description="What to write on the button; empty where nobody has said.")


class LinkStart(RequestModel):
    """The wish to link one's account to the provider."""

    model_config = example({"return_to": "/account"})

    return_to: ReturnTo = "/"


class LinkRead(AnswerModel):
    """Where to go to sign in at the provider."""

    model_config = example(
        {"url": "https://id.example.com/authorize?response_type=code&client_id=galley"}
    )

    url: str = Field(description="Navigate the same browser there, within ten minutes.")


class IdentityRead(AnswerModel):
    """Who one is at a provider."""

    model_config = example(
        {
            "id": 3,
            "issuer": "https://id.example.com",
            "email": "anna@example.com",
            "created_at": "2026-11-21T09:30:00Z",
            "last_used_at": None,
        }
    )

    id: int
    issuer: str = Field(description="The provider.")
    email: str | None = Field(description="The address that it knew last.")
    created_at: datetime
    last_used_at: datetime | None


class Person(BaseModel):
    """Somebody as the provider describes them. An address is only here if it is confirmed."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    subject: Annotated[str, Field(pattern=r"^[ -~]{1,255}$")]
    email: Email | None
    name: FullName | None


@dataclass(frozen=True, slots=True)
class Trip:
    """What makes one visit to the provider different from all others."""

    state: str
    nonce: str
    code_verifier: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sends a browser back with (RFC 6749, 4.1.2; RFC 9207)."""

    state: str
    code: str | None = None
    error: str | None = None
    issuer: str | None = None

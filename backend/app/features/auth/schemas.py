"""The wire shapes of signing in."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from app.core.schemas import example
from app.core.text import Line


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    return value


# A password is kept exactly as typed: nothing is trimmed or composed.
Password = Annotated[str, Field(min_length=8, max_length=128), AfterValidator(_without_nul)]
TypedPassword = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(_without_nul)]
Login = Annotated[str, Line(1, 254)]

# How somebody has proven who they are, before any second factor.
Method = Literal["password", "passkey", "oidc"]


class LoginForm(BaseModel):
    """The form of OAuth 2.0's password grant (RFC 6749, section 4.3.2)."""

    model_config = example({"username": "anna@example.com", "password": "a-long-pass-phrase"})

    username: Login = Field(description="A username or an e-mail.")
    password: TypedPassword
    grant_type: Literal["password"] = "password"
    scope: str = Field("", max_length=1000, description="Accepted and not used.")
    client_id: str | None = Field(None, max_length=255, description="Accepted and not used.")
    client_secret: str | None = Field(None, max_length=255, description="Accepted and not used.")

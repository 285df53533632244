"""The wire shapes of signing in and of sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from app.core.schemas import AnswerModel, RequestModel, example
from app.features.auth.schemas import LoginForm, Method
from app.features.passkeys.schemas import PasskeySignIn

Secret = Annotated[str, Field(min_length=1, max_length=512)]


class Delivery(StrEnum):
    """How a refresh token travels."""

    COOKIE = "cookie"
    BODY = "body"


class SignInForm(LoginForm):
    """The form of OAuth 2.0's password grant, and where the refresh token is wanted."""

    model_config = example({"username": "anna@example.com", "password": "a-long-pass-phrase"})

    delivery: Delivery = Field(
        Delivery.COOKIE,
        description="`cookie`: for browsers, whose pages then never see the refresh token. "
        "`body`: for apps, which keep it themselves.",
    )


class Refresh(RequestModel):
    """What renews a sign-in: nothing for a browser, whose cookie does it; the token for an app."""

    model_config = example({"refresh_token": "4bX1…"})

    refresh_token: Secret | None = None


class SecondFactorAnswer(RequestModel):
    """The answer to `second_factor_required`: a code of the app, or a recovery code."""

    model_config = example({"challenge": "hT3w…", "code": "123456", "delivery": "cookie"})

    challenge: Secret
    code: Annotated[str, Field(min_length=1, max_length=64)]
    delivery: Delivery = Field(Delivery.COOKIE, strict=False)


class PasskeyAnswer(PasskeySignIn):
    """What a passkey has signed, and where the refresh token is wanted."""

    delivery: Delivery = Field(Delivery.COOKIE, strict=False)


class Token(AnswerModel):
    """An access token (RFC 6749, section 5.1)."""

    model_config = example(
        {"access_token": "eyJhbGciOi…", "token_type": "bearer", "expires_in": 900}
    )

    access_token: str = Field(description="Send it as `Authorization: Bearer …`.")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = Field(description="How many seconds it lasts; then renew it.")
    refresh_token: str | None = Field(
        None, description="With `delivery=body`: what renews it, once, at `/auth/refresh`."
    )


class SessionRead(AnswerModel):
    """One device that somebody is signed in on."""

    model_config = example(
        {
            "id": 4,
            "is_current": True,
            "method": "password",
            "second_factor": False,
            "device": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "address": "192.0.2.7",
            "created_at": "2026-11-21T09:30:00Z",
            "last_seen_at": "2026-11-21T09:45:00Z",
            "expires_at": "2026-12-05T09:45:00Z",
        }
    )

    id: int
    is_current: bool = Field(description="Whether it is the one that asks.")
    method: Method
    second_factor: bool = Field(description="Whether a second factor was shown.")
    device: str = Field(description="What the browser or app calls itself.")
    address: str = Field(description="From where it was renewed last.")
    created_at: datetime
    last_seen_at: datetime = Field(
        description="When it was last renewed, or used by a RealWorld front end."
    )
    expires_at: datetime = Field(description="When it ends unless it is renewed.")

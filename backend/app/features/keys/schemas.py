"""The wire shapes of keys for machines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from app.core.clock import Instant
from app.core.policy import SCOPES, Scope
from app.core.schemas import AnswerModel, RequestModel, example
from app.core.text import Line
from app.models import ApiKey

LONGEST_LIFE = 3650

_KEY = {
    "id": 3,
    "name": "Build server",
    "prefix": "gly_8Zr1V0",
    "scopes": ["public:read"],
    "created_at": "2026-11-21T09:30:00Z",
    "expires_at": "2027-11-21T09:30:00Z",
    "last_used_at": None,
}
_MEANINGS = "; ".join(f"`{scope}`: {use.meaning}" for scope, use in SCOPES.items())


def _ordered(scopes: Sequence[Scope]) -> list[Scope]:
    """Return each scope once; raise ValueError for `public:read` beside others."""
    if Scope.PUBLIC_READ in scopes and set(scopes) != {Scope.PUBLIC_READ}:
        raise ValueError("`public:read` stands alone: a public key must not be able to do more")
    return [scope for scope in Scope if scope in scopes]


Scopes = Annotated[
    list[Annotated[Scope, Field(strict=False)]],
    Field(min_length=1, max_length=len(Scope), description=f"What it may be used for. {_MEANINGS}"),
    AfterValidator(_ordered),
]


class KeyCreate(RequestModel):
    """A wish for a key."""

    model_config = example(
        {"name": "Build server", "scopes": ["public:read"], "expires_in_days": 365}
    )

    name: Annotated[str, Line(1, 100)] = Field(description="What it is for; only you see it.")
    scopes: Scopes
    expires_at: Instant | None = Field(None, description="By default it is good until revoked.")
    expires_in_days: int | None = Field(
        None, ge=1, le=LONGEST_LIFE, description="The same, counted from now."
    )


class KeyRead(AnswerModel):
    """A key, without what it is known by."""

    model_config = example(_KEY)

    id: int
    name: str
    prefix: str = Field(description="How the key begins, to know it again.")
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")


class KeyMade(KeyRead):
    """A key that has just been made."""

    model_config = example({**_KEY, "key": "gly_8Zr1V0…"})

    key: str = Field(description="Shown this once. Send it as `Authorization: Bearer …`.")

    @classmethod
    def of(cls, row: ApiKey, key: str) -> Self:
        """Describe a key together with its secret."""
        return cls(**KeyRead.model_validate(row).model_dump(), key=key)

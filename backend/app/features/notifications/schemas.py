"""What people are told, on the wire and between features."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from app.core.schemas import AnswerModel, RequestModel, example, omitted
from app.core.text import MAX_BIGINT
from app.jobs.tasks import Task

MOST_COUNTED = 100
MOST_MARKED = 100

NotificationId = Annotated[int, Field(ge=1, le=MAX_BIGINT)]


class Kind(StrEnum):
    """What has happened."""

    COMMENT = "comment"
    REPLY = "reply"
    MENTION = "mention"
    FOLLOWER = "follower"
    FAVORITE = "favorite"


def _ordered(kinds: Sequence[Kind]) -> list[Kind]:
    return [kind for kind in Kind if kind in kinds]


Kinds = Annotated[
    list[Annotated[Kind, Field(strict=False)]],
    Field(max_length=len(Kind), description="Kinds that also come by mail, in one digest a day."),
    AfterValidator(_ordered),
]


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications are wanted; None stands for any."""

    unread: bool = False
    kind: Kind | None = None


class ActorRead(AnswerModel):
    """Who has done something."""

    id: int
    username: str
    full_name: str | None
    avatar: str | None


class SubjectRead(AnswerModel):
    """The article that it was done to, or below."""

    id: int
    slug: str
    title: str


class NotificationRead(AnswerModel):
    """Something that somebody has done."""

    model_config = example(
        {
            "id": 4711,
            "kind": "reply",
            "actor": {"id": 2, "username": "bert", "full_name": "Bert Shannon", "avatar": None},
            "article": {"id": 7, "slug": "down-the-river", "title": "Down the river"},
            "comment_id": 12,
            "created_at": "2026-11-21T09:30:00Z",
            "read_at": None,
        }
    )

    id: int
    kind: Kind = Field(
        description="A comment on an article of yours, a reply to a comment of yours, a mention "
        "of you in a comment, a new follower, or a favourite of an article of yours."
    )
    actor: ActorRead
    article: SubjectRead | None
    comment_id: int | None
    created_at: datetime
    read_at: datetime | None


class NotificationsUnread(AnswerModel):
    """How many notifications are not read yet."""

    model_config = example({"count": 3, "is_capped": False})

    count: int = Field(description=f"{MOST_COUNTED} at the most.")
    is_capped: bool = Field(description="Whether there are more.")


class NotificationsSeen(RequestModel):
    """What has been read: some notifications, or all up to one."""

    model_config = example({"ids": [4711]})

    ids: list[NotificationId] = Field(default_factory=omitted, max_length=MOST_MARKED)
    up_to: NotificationId = Field(
        default_factory=omitted, description="This one, and all that were told before it."
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("needs either `ids` or `up_to`")
        return self


class NotificationSettingsRead(AnswerModel):
    """How somebody wants to be told."""

    model_config = example({"mailed": ["reply", "mention"]})

    mailed: list[Kind] = Field(description="Kinds that also come by mail, in one digest a day.")


class NotificationSettingsUpdate(RequestModel):
    """Changes to how somebody wants to be told; only what is given changes."""

    model_config = example({"mailed": ["reply", "mention"]})

    mailed: Kinds = Field(default_factory=omitted)


class Digests(BaseModel):
    """The accounts behind one, to be looked through for who gets a digest on a day."""

    day: date
    after_id: int = 0


class Digest(BaseModel):
    """One account's digest of a day."""

    account_id: int
    day: date


# The second is one job for each account: what goes wrong with one mail concerns no other.
DIGESTS = Task("notifications.digests", Digests)
DIGEST = Task("notifications.digest_one", Digest)

"""The wire shapes of all that is kept about one person."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, get_args, get_origin

from pydantic import Field

from app.core.schemas import AnswerModel, example
from app.features.activity.schemas import ActivityRead
from app.features.users.schemas import UserRead

FORMAT = 1

_AT = "2026-11-21T09:30:00Z"


class ExportedAccount(UserRead):
    """The account."""

    version: int


class ExportedArticle(AnswerModel):
    """An article that the person wrote, alone or with others; also from the bin."""

    id: int
    slug: str
    title: str
    content: str
    content_format: str
    excerpt: str | None = Field(description="As it was given; null where none was.")
    tags: list[str]
    author_ids: list[int] = Field(description="Its authors; the first of them owns it.")
    series_id: int | None
    series_position: int | None
    published: bool
    published_at: datetime | None
    deleted_at: datetime | None = Field(description="When it was put into the bin.")
    featured: bool
    pinned: bool
    cover: str | None
    cover_alt: str | None
    canonical_url: str | None
    meta: dict[str, Any]
    locale: str
    translation_group: int | None
    version: int
    created_at: datetime
    updated_at: datetime


class ExportedWorkingCopy(AnswerModel):
    """Changes that are not published yet: to an article of the person, or made by the person."""

    article_id: int
    editor_id: int | None
    changes: dict[str, Any]
    note: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class ExportedRevision(AnswerModel):
    """A version of some article that the person made; the history of the article has its text."""

    article_id: int
    version: int
    made_at: datetime
    note: str | None
    fields: list[str]
    published: bool


class ExportedSeries(AnswerModel):
    """A series that the person owns."""

    id: int
    slug: str
    title: str
    description: str | None
    cover: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class ExportedPreview(AnswerModel):
    """A preview link that the person made."""

    id: str
    article_id: int
    created_at: datetime
    expires_at: datetime


class ExportedImport(AnswerModel):
    """A file of another system that became an article of the person, and what it said of itself."""

    article_id: int
    source: str
    metadata: dict[str, Any]
    imported_at: datetime


class ExportedSession(AnswerModel):
    """A sign-in that has not ended."""

    id: int
    method: str
    second_factor: bool
    address: str
    user_agent: str
    created_at: datetime
    authenticated_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class ExportedKey(AnswerModel):
    """A key for machines, without its secret."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class ExportedAuthenticator(AnswerModel):
    """An app that makes codes, without the secret that it shares with us."""

    created_at: datetime
    confirmed_at: datetime | None


class ExportedRecoveryCode(AnswerModel):
    """A recovery code that has not been used; of the code itself only a hash is kept."""

    created_at: datetime


class ExportedPasskey(AnswerModel):
    """A passkey."""

    id: int
    name: str
    transports: list[str]
    created_at: datetime
    last_used_at: datetime | None


class ExportedIdentity(AnswerModel):
    """Who the person is to another provider."""

    id: int
    issuer: str
    subject: str
    email: str | None
    created_at: datetime
    last_used_at: datetime | None


class ExportedProof(AnswerModel):
    """A link by mail that was to show whose an address is."""

    purpose: str
    email: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class ExportedInvitation(AnswerModel):
    """An invitation that the person made."""

    id: int
    email: str
    role: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None


class ExportedComment(AnswerModel):
    """A comment that the person wrote, whoever can see it now."""

    id: int
    article_id: int
    parent_id: int | None
    content: str
    status: str
    version: int
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None


class ExportedReport(AnswerModel):
    """A comment that the person reported."""

    comment_id: int
    reason: str
    created_at: datetime


class ExportedReaction(AnswerModel):
    """An article that the person likes, or has kept for later."""

    article_id: int
    created_at: datetime


class ExportedFollow(AnswerModel):
    """Somebody whom the person follows."""

    user_id: int
    created_at: datetime


class ExportedTagFollow(AnswerModel):
    """A tag that the person follows."""

    tag_id: int
    tag: str
    created_at: datetime


class ExportedFeedMark(AnswerModel):
    """Up to when the person has seen their feed."""

    seen_at: datetime


class ExportedNotification(AnswerModel):
    """Something that the person has been told."""

    id: int
    kind: str
    actor_id: int
    article_id: int | None
    comment_id: int | None
    created_at: datetime
    read_at: datetime | None
    mailed_at: datetime | None


class ExportedNotificationSettings(AnswerModel):
    """How the person wants to be told."""

    mailed: list[str]
    digested_at: datetime | None


class Export(AnswerModel):
    """All that is kept about one person."""

    model_config = example(
        {
            "format": FORMAT,
            "exported_at": _AT,
            "account": {
                "id": 1,
                "email": "anna@example.com",
                "username": "anna",
                "full_name": "Anna Liffey",
                "bio": None,
                "website": None,
                "avatar": None,
                "role": "author",
                "is_active": True,
                "is_superuser": False,
                "created_at": _AT,
                "updated_at": _AT,
                "email_verified_at": None,
                "second_factor": False,
                "version": 1,
            },
            "series": [
                {
                    "id": 3,
                    "slug": "a-year-on-the-water",
                    "title": "A year on the water",
                    "description": "Twelve months, twelve rivers.",
                    "cover": None,
                    "version": 1,
                    "created_at": _AT,
                    "updated_at": _AT,
                }
            ],
        }
    )

    format: int = Field(description="Grows when the shape changes.")
    exported_at: datetime
    account: ExportedAccount
    articles: list[ExportedArticle]
    working_copies: list[ExportedWorkingCopy]
    revisions: list[ExportedRevision]
    series: list[ExportedSeries]
    previews: list[ExportedPreview]
    imports: list[ExportedImport]
    comments: list[ExportedComment]
    comment_reports: list[ExportedReport]
    favorites: list[ExportedReaction]
    bookmarks: list[ExportedReaction]
    follows: list[ExportedFollow]
    tag_follows: list[ExportedTagFollow]
    feed_marks: list[ExportedFeedMark]
    notifications: list[ExportedNotification]
    notification_settings: list[ExportedNotificationSettings]
    sessions: list[ExportedSession]
    keys: list[ExportedKey]
    authenticators: list[ExportedAuthenticator]
    recovery_codes: list[ExportedRecoveryCode]
    passkeys: list[ExportedPasskey]
    identities: list[ExportedIdentity]
    proofs: list[ExportedProof]
    invitations: list[ExportedInvitation]
    activity: list[ActivityRead]


# What is read in batches of rows, each with its shape; the audit log's service reads the activity.
SECTIONS: Mapping[str, type[AnswerModel]] = MappingProxyType(
    {
        name: get_args(field.annotation)[0]
        for name, field in Export.model_fields.items()
        if get_origin(field.annotation) is list and name != "activity"
    }
)

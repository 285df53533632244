"""What the audit log has words for, and what it is asked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.models import AuditEvent


class Event(StrEnum):
    """Something that is written down: the noun that it happened to, and what happened."""

    ACCOUNT_CREATED = "account.created"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_DELETED = "account.deleted"
    ACCOUNT_EXPORTED = "account.exported"
    ACTION_REFUSED = "action.refused"
    ADDRESS_VERIFIED = "address.verified"
    ADDRESS_CHANGE_ASKED = "address.change_asked"
    ADDRESS_CHANGED = "address.changed"
    ARTICLES_HANDED_OVER = "articles.handed_over"
    COMMENT_DELETED = "comment.deleted"
    COMMENT_MODERATED = "comment.moderated"
    FACTOR_ADDED = "factor.added"
    FACTOR_FAILED = "factor.failed"
    FACTOR_REMOVED = "factor.removed"
    IDENTITY_LINKED = "identity.linked"
    IDENTITY_UNLINKED = "identity.unlinked"
    INVITATION_ACCEPTED = "invitation.accepted"
    INVITATION_MADE = "invitation.made"
    INVITATION_REVOKED = "invitation.revoked"
    KEY_MADE = "key.made"
    KEY_REVOKED = "key.revoked"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - the name of an event
    PASSWORD_RESET = "password.reset"  # noqa: S105 - likewise
    PASSWORD_RESET_ASKED = "password.reset_asked"  # noqa: S105 - likewise
    ROLE_CHANGED = "role.changed"
    SESSION_ENDED = "session.ended"
    SESSION_STOLEN = "session.stolen"
    SESSIONS_ENDED = "sessions.ended"
    SIGN_IN_FAILED = "sign_in.failed"
    SIGNED_IN = "sign_in.done"
    SITE_CHANGED = "site.changed"


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events are wanted; None stands for any."""

    event: Event | None = None
    actor_id: int | None = None
    subject_id: int | None = None
    address: str | None = None
    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, and what the two accounts are called that it names; None for who is gone."""

    event: AuditEvent
    actor: str | None
    subject: str | None

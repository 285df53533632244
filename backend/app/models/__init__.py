"""Every table. They share one floor because SQL joins across nouns; see docs/decisions/0001."""

from app.models.address import Address
from app.models.api_key import ApiKey
from app.models.article import EDITABLE, Article, ArticleAuthor, ArticleTag, Status
from app.models.audit_event import AuditEvent
from app.models.base import Base
from app.models.calendar import first_with_words
from app.models.change import Change
from app.models.comment import Comment, CommentReport, CommentStatus
from app.models.factor import Authenticator, Challenge, Passkey, RecoveryCode
from app.models.finished_job import FinishedJob
from app.models.follow import FeedMark, TagFollow, UserFollow
from app.models.identity import Identity, ProviderVisit
from app.models.imported_article import ImportedArticle
from app.models.invitation import Invitation
from app.models.login_session import LoginSession, RefreshToken
from app.models.notification import Notification, NotificationSettings
from app.models.preview import Preview
from app.models.proof import Proof
from app.models.public_count import PublicCount
from app.models.rate_limit import RateLimit
from app.models.reaction import ArticleCounts, Bookmark, Favorite
from app.models.revision import Revision
from app.models.search_term import SearchTerm
from app.models.series import Series
from app.models.showing import Showing
from app.models.site import Site
from app.models.stored_answer import StoredAnswer
from app.models.tag import Tag, TagAlias, tag_called
from app.models.user import User
from app.models.working_copy import WorkingCopy

__all__ = [
    "EDITABLE",
    "Address",
    "ApiKey",
    "Article",
    "ArticleAuthor",
    "ArticleCounts",
    "ArticleTag",
    "AuditEvent",
    "Authenticator",
    "Base",
    "Bookmark",
    "Challenge",
    "Change",
    "Comment",
    "CommentReport",
    "CommentStatus",
    "Favorite",
    "FeedMark",
    "FinishedJob",
    "Identity",
    "ImportedArticle",
    "Invitation",
    "LoginSession",
    "Notification",
    "NotificationSettings",
    "Passkey",
    "Preview",
    "Proof",
    "ProviderVisit",
    "PublicCount",
    "RateLimit",
    "RecoveryCode",
    "RefreshToken",
    "Revision",
    "SearchTerm",
    "Series",
    "Showing",
    "Site",
    "Status",
    "StoredAnswer",
    "Tag",
    "TagAlias",
    "TagFollow",
    "User",
    "UserFollow",
    "WorkingCopy",
    "first_with_words",
    "tag_called",
]

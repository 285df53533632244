"""Every table. They share one floor because SQL joins across nouns; see docs/decisions/0001."""

from app.models.address import Address
from app.models.article import EDITABLE, Article, ArticleAuthor, ArticleTag, Status
from app.models.base import Base
from app.models.imported_article import ImportedArticle
from app.models.preview import Preview
from app.models.revision import Revision
from app.models.search_term import SearchTerm
from app.models.series import Series
from app.models.site import Site
from app.models.stored_answer import StoredAnswer
from app.models.tag import Tag, TagAlias
from app.models.user import Role, User
from app.models.working_copy import WorkingCopy

__all__ = [
    "EDITABLE",
    "Address",
    "Article",
    "ArticleAuthor",
    "ArticleTag",
    "Base",
    "ImportedArticle",
    "Preview",
    "Revision",
    "Role",
    "SearchTerm",
    "Series",
    "Site",
    "Status",
    "StoredAnswer",
    "Tag",
    "TagAlias",
    "User",
    "WorkingCopy",
]

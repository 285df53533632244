"""Every table. They share one floor because SQL joins across nouns; see docs/decisions/0001."""

from app.models.article import Article, Status
from app.models.base import Base
from app.models.imported_article import ImportedArticle
from app.models.stored_answer import StoredAnswer
from app.models.user import Role, User

__all__ = ["Article", "Base", "ImportedArticle", "Role", "Status", "StoredAnswer", "User"]

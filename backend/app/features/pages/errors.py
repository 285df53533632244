"""What can go wrong with showing an article."""

from app.core.errors import NotFound


class ArticleNotFound(NotFound):
    """There is no such article, or not for this reader."""

    code = "article_not_found"
    detail = "Article not found"

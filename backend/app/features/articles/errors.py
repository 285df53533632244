"""What can go wrong with reading and changing articles."""

from app.core.errors import Forbidden, NotFound


class ArticleNotFound(NotFound):
    """There is no such article, or not for this reader."""

    code = "article_not_found"
    detail = "Article not found"


class NotYourArticle(Forbidden):
    """The article is somebody else's, or the role is too low to write."""

    code = "not_your_article"
    detail = "Not authorized"

"""What can go wrong with articles."""

from app.core.errors import Forbidden, NotFound, Rejected


class ArticleNotFound(NotFound):
    """There is no such article, or not for this reader."""

    code = "article_not_found"
    detail = "Article not found"


class NotYourArticle(Forbidden):
    """The article is somebody else's, or the role is too low to write."""

    code = "not_your_article"
    detail = "Not authorized"


class SlugTaken(Rejected):
    """Another article has this slug."""

    code = "slug_taken"
    detail = "Slug already taken"

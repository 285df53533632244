"""What can go wrong with changing articles."""

from app.core.errors import Forbidden


class NotYourArticle(Forbidden):
    """The article is somebody else's, or the role is too low to write."""

    code = "not_your_article"
    detail = "Not authorized"

"""What can go wrong with the history of an article."""

from app.core.errors import NotFound


class RevisionNotFound(NotFound):
    """The article never had this version, or it has been pruned."""

    code = "revision_not_found"
    detail = "Revision not found"

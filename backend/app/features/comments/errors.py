"""What can go wrong with comments."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Rejected


class CommentNotFound(NotFound):
    """There is no such comment, or not for this reader."""

    code = "comment_not_found"
    detail = "Comment not found"


class NotYourComment(Forbidden):
    """The comment is somebody else's."""

    code = "not_your_comment"
    detail = "Not authorized"


class TooLateToEdit(Forbidden):
    """Who wrote the comment could change it for some minutes, and these are over."""

    code = "too_late_to_edit"
    detail = "The time in which this comment could be changed is over"


class NotAModerator(Forbidden):
    """The article is by others, and the role is too low."""

    code = "not_a_moderator"
    detail = "Not authorized"


class CommentsClosed(Forbidden):
    """No new comments are wanted here."""

    code = "comments_closed"
    detail = "Comments are closed"


class ArticleNotPublic(Rejected):
    """What only its authors can see is not talked about yet."""

    code = "article_not_public"
    detail = "Only public articles can be commented on"


class NotAnswerable(Rejected):
    """What not everybody sees is not answered where everybody would see that."""

    code = "comment_not_visible"
    detail = "Only comments that everybody sees can be answered"


class SaidAlready(Conflict):
    """The same account has just written the same below the same article."""

    code = "said_already"
    detail = "You have just written this"


class NothingToShow(Invalid):
    """Nothing is left of the text but what a comment may not hold."""

    code = "nothing_to_show"
    detail = "must have some words that can be shown"

"""What can go wrong with following."""

from app.core.errors import Rejected


class FollowsSelf(Rejected):
    """Nobody follows themselves."""

    code = "follows_self"
    detail = "Nobody follows themselves"

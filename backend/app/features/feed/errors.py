"""What can go wrong with feeds."""

from app.core.errors import Invalid


class SeenInTheFuture(Invalid):
    """Nobody has seen what is not published yet."""

    code = "seen_in_the_future"
    detail = "cannot be in the future"

"""What can go wrong with links that prove an address."""

from app.core.errors import Rejected


class BadLink(Rejected):
    """The link is not one of ours, is for something else, has expired, or a newer one is out."""

    code = "bad_link"
    detail = "This link does not work, or does not work any more; ask for a new one"


class LinkUsedUp(Rejected):
    """The link works once, and has done what it was for."""

    code = "link_used_up"
    detail = "This link has been used already; if you still need one, ask for a new one"

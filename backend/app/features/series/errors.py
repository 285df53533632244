"""What can go wrong with series."""

from app.core.errors import Forbidden, Invalid, NotFound, Rejected


class SeriesNotFound(NotFound):
    """There is no such series, or not for this reader."""

    code = "series_not_found"
    detail = "Series not found"


class SeriesNotYours(Forbidden):
    """The series is somebody else's, or the role is too low to begin one."""

    code = "not_your_series"
    detail = "Not authorized"


class SeriesSlugTaken(Rejected):
    """Another series has this slug."""

    code = "series_slug_taken"
    detail = "Slug already taken"


class SeriesFull(Rejected):
    """The series has as many articles as one can have."""

    code = "series_full"
    detail = "The series has no room for another article"


class NotItsArticles(Invalid):
    """An order has to name each article of the series that its editor sees once, and no other."""

    code = "not_the_articles_of_the_series"
    detail = "must name every article of the series that you can see once, and no other"

"""What can go wrong with moving content in."""

from app.core.errors import Invalid


class CannotImport(Invalid):
    """This one file cannot become an article; the detail says why."""

    code = "cannot_import"

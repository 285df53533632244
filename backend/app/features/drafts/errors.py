"""What can go wrong with working copies and previews."""

from app.core.errors import Conflict, NotFound, Rejected


class NoWorkingCopy(NotFound):
    """Nothing waits beside the article."""

    code = "no_working_copy"
    detail = "This article has no working copy"


class EditedMeanwhile(Conflict):
    """The article has been changed where the working copy changes it, too."""

    code = "working_copy_conflict"

    def __init__(self, fields: list[str]) -> None:
        """Take the names of the fields that both have changed."""
        super().__init__(
            f"The article's {', '.join(fields)} changed since the working copy did: "
            "save it there again, or discard the working copy"
        )


class PreviewNotFound(NotFound):
    """The link has expired, was revoked, or never was."""

    code = "preview_not_found"
    detail = "This preview link has expired or been revoked; ask for a new one"


class TooManyPreviews(Rejected):
    """An article has as many links as it can have."""

    code = "too_many_previews"
    detail = "This article has a hundred preview links; revoke some"

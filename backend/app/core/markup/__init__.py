"""Text to page, at write time: Markdown or HTML becomes a clean page, once, when it is saved.

The way of a text, each step linear in its length:

    content → pyromark (Markdown only) → tidying (well nested, shallow) → cleaning (nh3: the policy)
            → footnotes → finishing → links → anchors → highlighting (pygments)
                                              └→ table of contents, plain text, excerpt, counts

Steps after cleaning rewrite the tags that concern them, copy the rest, and write only what they
escape. A page brings no styles: front ends style its classes, which are pygments' short names below
`.highlight`, `footnotes`, `footnote-reference`, `footnote-definition`, `footnote-definition-label`,
`footnote-backref`, and `task-list-item`.
"""

from app.core.markup.anchors import Heading
from app.core.markup.remarks import Remark, names_in
from app.core.markup.rendering import RENDERER_VERSION, ContentFormat, Renderer, Rendering

__all__ = [
    "RENDERER_VERSION",
    "ContentFormat",
    "Heading",
    "Remark",
    "Renderer",
    "Rendering",
    "names_in",
]

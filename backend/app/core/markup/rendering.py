"""The renderer: from what an author writes to what is stored beside it."""

import asyncio
import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from pyromark import Markdown, Options

from app.core.markup.addresses import Hosts
from app.core.markup.anchors import (
    Anchors,
    Heading,
    keep_first,
    name_headings,
    resolve_fragments,
)
from app.core.markup.cleaning import Cleaner
from app.core.markup.finishing import finish_elements, mark_tasks
from app.core.markup.footnotes import gather_notes
from app.core.markup.highlighting import highlight
from app.core.markup.linking import link_addresses, relate
from app.core.markup.prose import (
    count_words,
    excerpt_of,
    reading_minutes,
    text_of,
    without_marks,
)
from app.core.markup.remarks import Remark, count_links, disown, narrow, without_html
from app.core.markup.tidying import tidy
from app.core.markup.tokens import close_gaps

# Counted up whenever the same content gives another page; stored beside each article.
RENDERER_VERSION = 1

_OPTIONS = (
    Options.ENABLE_TABLES
    | Options.ENABLE_FOOTNOTES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TASKLISTS
)
_OPTIONS_OF_REMARKS = Options.ENABLE_STRIKETHROUGH


class ContentFormat(StrEnum):
    """What an article's content is written in."""

    MARKDOWN = "markdown"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Rendering:
    """A page, and what lists and searches say about it.

    `text` is plain, a line for each block; `excerpt` is plain, one line of at most 300 characters.
    """

    html: str
    toc: list[Heading]
    text: str
    excerpt: str
    word_count: int
    reading_minutes: int


class Renderer:
    """Renders content; made once for each process, and safe to share between threads."""

    def __init__(
        self, *, video_hosts: Collection[str] = (), own_hosts: Collection[str] = ()
    ) -> None:
        """Take the hosts whose videos may be embedded, and the hosts that are the blog itself."""
        self._hosts = Hosts.of(video_hosts, own_hosts)
        self._markdown = Markdown(options=_OPTIONS)
        self._plain_markdown = Markdown(options=_OPTIONS_OF_REMARKS)
        self._cleaner = Cleaner(self._hosts)
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="markup")

    def render(self, content: str, content_format: ContentFormat) -> Rendering:
        """Return the page of any text; what is not allowed on a page is left out of it."""
        is_markdown = content_format is ContentFormat.MARKDOWN
        markup = self._markdown.html(content) if is_markdown else content
        markup = self._cleaner.clean(tidy(markup))
        page, toc = self._finish(gather_notes(markup) if is_markdown else markup)
        said = without_marks(page)
        words = text_of(said)
        count = count_words(words)
        return Rendering(
            html=close_gaps(highlight(page)),
            toc=toc,
            text=words,
            excerpt=excerpt_of(said),
            word_count=count,
            reading_minutes=reading_minutes(count),
        )

    async def render_async(self, content: str, content_format: ContentFormat) -> Rendering:
        """Do the same off the event loop, for as many at a time as there are cores."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self.render, content, content_format)

    def render_remark(self, content: str) -> Remark:
        """Return what somebody has written below a page, in the part of Markdown for that."""
        markup = self._plain_markdown.html(without_html(content, self._plain_markdown))
        remark = link_addresses(narrow(self._cleaner.clean(tidy(markup))))
        remark = disown(remark, self._hosts)
        return Remark(close_gaps(highlight(remark)), text_of(remark), count_links(remark))

    async def render_remark_async(self, content: str) -> Remark:
        """Do the same off the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self.render_remark, content)

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _finish(self, markup: str) -> tuple[str, list[Heading]]:
        """Return the page with its links, ids and forced attributes, and its table of contents."""
        anchors = Anchors()
        markup = keep_first(finish_elements(markup), anchors)
        markup = relate(link_addresses(mark_tasks(markup)), self._hosts)
        markup, toc = name_headings(markup, anchors)
        return resolve_fragments(markup, anchors), toc

"""The RealWorld API: writing, reading, changing and deleting an article."""

import pytest

from tests.e2e.conduit import BLANK, Conduit, Json, Somebody, slugs, unique

pytest_plugins = ["tests.e2e.conduit"]

NOT_FOUND = {"article": ["not found"]}
FORBIDDEN = {"article": ["forbidden"]}
FIELDS = ("title", "description", "body")


def _change(conduit: Conduit, author: Somebody, ref: str, /, **changes: object) -> Json:
    body = {"article": changes}
    article: Json = conduit.ask(f"PUT /articles/{ref}", author, body)["article"]
    return article


def _words(**changes: object) -> Json:
    return {"article": {"title": unique("T "), "description": "D", "body": "B", **changes}}


class TestWriting:
    def test_answers_what_everybody_reads_at_once(
        self, conduit: Conduit, anna: Somebody, ben: Somebody
    ) -> None:
        tags = [unique("d_"), unique("t_")]
        article = conduit.publish(anna, tagList=tags)
        assert article["tagList"] == tags
        assert article["author"] == {
            "username": anna.username,
            "bio": None,
            "image": None,
            "following": False,
        }
        for reader in (None, anna, ben):
            assert conduit.read(article["slug"], reader) == article

    @pytest.mark.parametrize("order", [1, -1])
    def test_keeps_tags_in_the_order_sent(
        self, conduit: Conduit, anna: Somebody, order: int
    ) -> None:
        tags = sorted((unique("t") for _ in range(5)), reverse=order < 0)
        article = conduit.publish(anna, tagList=tags)
        assert article["tagList"] == tags
        assert conduit.read(article["slug"])["tagList"] == tags

    @pytest.mark.parametrize(
        "name", ["{} two words", "Upper{}", "{}_under_score", "ünï-{}", "c++{}"]
    )
    def test_keeps_the_name_of_a_tag(self, conduit: Conduit, anna: Somebody, name: str) -> None:
        tag = name.format(unique("t"))
        article = conduit.publish(anna, tagList=[tag])
        assert slugs(conduit.ask("GET /articles", tag=tag)) == [article["slug"]]

    def test_needs_no_tags(self, conduit: Conduit, anna: Somebody) -> None:
        assert conduit.publish(anna)["tagList"] == []
        assert conduit.publish(anna, tagList=[])["tagList"] == []

    def test_leaves_out_tags_that_say_nothing(self, conduit: Conduit, anna: Somebody) -> None:
        tag = unique("t")
        body = _words(tagList=["", tag, "   "])
        assert conduit.ask("POST /articles", anna, body)["article"]["tagList"] == [tag]

    def test_keeps_the_text_as_it_was_sent(self, conduit: Conduit, anna: Somebody) -> None:
        body = "# Title\n\n*stars*, `code` & <b>tags</b>\n\n```py\nprint('🦫')\n```"
        article = conduit.publish(anna, body=body, description="Ünïcödé & <i>more</i>")
        assert conduit.read(article["slug"]) == article

    def test_gives_each_of_the_same_title_its_own_slug(
        self, conduit: Conduit, anna: Somebody, ben: Somebody
    ) -> None:
        title = unique("Twice ")
        written = [conduit.publish(by, title=title) for by in (anna, anna, ben)]
        assert len({article["slug"] for article in written}) == 3
        for article in written:
            assert conduit.read(article["slug"]) == article

    @pytest.mark.parametrize(
        "title", ["Feed", "feed", "日本語", "!?!", "2026", "a/b?c#d%20e", "🦫"]
    )
    def test_makes_a_slug_that_leads_back_of_any_title(
        self, conduit: Conduit, anna: Somebody, title: str
    ) -> None:
        article = conduit.publish(anna, title=title)
        assert conduit.read(article["slug"]) == article

    @pytest.mark.parametrize("field", FIELDS)
    @pytest.mark.parametrize("nothing", ["", "   ", None])
    def test_refuses_an_empty_field(
        self, conduit: Conduit, anna: Somebody, field: str, nothing: str | None
    ) -> None:
        body = _words(**{field: nothing})
        conduit.refused("POST /articles", 422, {field: BLANK}, anna, body)

    @pytest.mark.parametrize("field", FIELDS)
    def test_refuses_a_missing_field(self, conduit: Conduit, anna: Somebody, field: str) -> None:
        body = _words()
        del body["article"][field]
        conduit.refused("POST /articles", 422, {field: BLANK}, anna, body)

    def test_names_every_empty_field_at_once(self, conduit: Conduit, anna: Somebody) -> None:
        body = _words(**dict.fromkeys(FIELDS, ""))
        conduit.refused("POST /articles", 422, dict.fromkeys(FIELDS, BLANK), anna, body)

    def test_writes_nothing_that_it_refuses(self, conduit: Conduit, anna: Somebody) -> None:
        conduit.refused("POST /articles", 422, {"body": BLANK}, anna, _words(body=""))
        listed = conduit.ask("GET /articles", author=anna.username)
        assert listed == {"articles": [], "articlesCount": 0}

    def test_ignores_what_it_does_not_know(self, conduit: Conduit, anna: Somebody) -> None:
        extra = {"slug": "mine", "favoritesCount": 9, "createdAt": "2001-01-01", "author": {}}
        article = conduit.ask("POST /articles", anna, _words(**extra))["article"]
        assert article["slug"] != "mine"
        assert article["favoritesCount"] == 0
        assert article["createdAt"] > "2002"


class TestChanging:
    def test_a_new_body_leaves_all_else_but_the_time(
        self, conduit: Conduit, anna: Somebody
    ) -> None:
        article = conduit.publish(anna, tagList=[unique("b"), unique("a")])
        changed = _change(conduit, anna, article["slug"], body="Another body")
        assert changed["updatedAt"] > article["updatedAt"]
        same = {"body": "Another body", "updatedAt": changed["updatedAt"]}
        assert changed == article | same
        assert conduit.read(article["slug"]) == changed

    @pytest.mark.parametrize("field", FIELDS)
    def test_each_field_changes_alone(self, conduit: Conduit, anna: Somebody, field: str) -> None:
        article = conduit.publish(anna)
        changed = _change(conduit, anna, article["slug"], **{field: "Something else"})
        kept = set(FIELDS) - {field}
        assert changed[field] == "Something else"
        assert {key: changed[key] for key in kept} == {key: article[key] for key in kept}
        assert changed["createdAt"] == article["createdAt"]
        assert conduit.read(changed["slug"]) == changed

    def test_all_fields_change_together(self, conduit: Conduit, anna: Somebody) -> None:
        article = conduit.publish(anna, tagList=[unique("t")])
        wanted: Json = {"title": unique("New "), "description": "New", "body": "New"}
        wanted |= {"tagList": [unique("z"), unique("a")]}
        changed = _change(conduit, anna, article["slug"], **wanted)
        assert {key: changed[key] for key in wanted} == wanted

    def test_created_at_never_changes_and_updated_at_does(
        self, conduit: Conduit, anna: Somebody
    ) -> None:
        article = conduit.publish(anna)
        moments = [article["updatedAt"]]
        for number in range(3):
            changed = _change(conduit, anna, article["slug"], body=f"Body {number}")
            assert changed["createdAt"] == article["createdAt"]
            moments.append(changed["updatedAt"])
        assert moments == sorted(set(moments))

    def test_without_tags_keeps_them(self, conduit: Conduit, anna: Somebody) -> None:
        tags = [unique("b"), unique("a")]
        slug = conduit.publish(anna, tagList=tags)["slug"]
        assert _change(conduit, anna, slug, body="No word of tags")["tagList"] == tags
        assert conduit.read(slug)["tagList"] == tags

    def test_an_empty_list_clears_the_tags(self, conduit: Conduit, anna: Somebody) -> None:
        tag = unique("t")
        slug = conduit.publish(anna, tagList=[tag])["slug"]
        assert _change(conduit, anna, slug, tagList=[])["tagList"] == []
        assert conduit.read(slug)["tagList"] == []
        assert slugs(conduit.ask("GET /articles", tag=tag)) == []

    def test_no_list_of_tags_is_refused(self, conduit: Conduit, anna: Somebody) -> None:
        article = conduit.publish(anna, tagList=[unique("t")])
        body = {"article": {"tagList": None, "body": "Not this either"}}
        errors = conduit.refused(f"PUT /articles/{article['slug']}", 422, None, anna, body)
        assert set(errors) == {"tagList"}
        assert conduit.read(article["slug"]) == article

    def test_tags_are_put_in_the_order_sent(self, conduit: Conduit, anna: Somebody) -> None:
        tags = [unique("a"), unique("m"), unique("z")]
        slug = conduit.publish(anna, tagList=tags)["slug"]
        assert _change(conduit, anna, slug, tagList=tags[::-1])["tagList"] == tags[::-1]
        assert conduit.read(slug)["tagList"] == tags[::-1]

    @pytest.mark.parametrize("field", FIELDS)
    @pytest.mark.parametrize("nothing", ["", "   "])
    def test_an_empty_field_is_refused(
        self, conduit: Conduit, anna: Somebody, field: str, nothing: str
    ) -> None:
        article = conduit.publish(anna)
        body = {"article": {"body": "Not this either", field: nothing}}
        conduit.refused(f"PUT /articles/{article['slug']}", 422, {field: BLANK}, anna, body)
        assert conduit.read(article["slug"]) == article

    def test_what_it_does_not_know_is_ignored(self, conduit: Conduit, anna: Somebody) -> None:
        """Front ends send back the whole article that they were given."""
        article = conduit.publish(anna)
        whole = article | {"body": "Edited", "favoritesCount": 7, "createdAt": "2001-01-01"}
        changed = _change(conduit, anna, article["slug"], **whole)
        assert changed == article | {"body": "Edited", "updatedAt": changed["updatedAt"]}

    def test_an_unknown_article_is_not_found(self, conduit: Conduit, anna: Somebody) -> None:
        call = f"PUT /articles/{unique('unknown-')}"
        conduit.refused(call, 404, NOT_FOUND, anna, {"article": {"body": "B"}})

    def test_somebody_elses_is_forbidden_and_stays(
        self, conduit: Conduit, anna: Somebody, ben: Somebody
    ) -> None:
        article = conduit.publish(anna)
        call = f"PUT /articles/{article['slug']}"
        conduit.refused(call, 403, FORBIDDEN, ben, {"article": {"body": "Hijacked"}})
        assert conduit.read(article["slug"]) == article


class TestDeleting:
    def test_takes_the_article_from_everywhere(self, conduit: Conduit, anna: Somebody) -> None:
        tag = unique("t")
        slug = conduit.publish(anna, tagList=[tag])["slug"]
        conduit.ask(f"DELETE /articles/{slug}", anna)
        for reader in (None, anna):
            conduit.refused(f"GET /articles/{slug}", 404, NOT_FOUND, reader)
            for filters in ({"author": anna.username}, {"tag": tag}):
                listed = conduit.ask("GET /articles", reader, **filters)
                assert listed == {"articles": [], "articlesCount": 0}

    def test_twice_is_not_found(self, conduit: Conduit, anna: Somebody) -> None:
        slug = conduit.publish(anna)["slug"]
        conduit.ask(f"DELETE /articles/{slug}", anna)
        conduit.refused(f"DELETE /articles/{slug}", 404, NOT_FOUND, anna)
        conduit.refused(f"PUT /articles/{slug}", 404, NOT_FOUND, anna, {"article": {"body": "B"}})

    def test_an_unknown_article_is_not_found(self, conduit: Conduit, anna: Somebody) -> None:
        conduit.refused(f"DELETE /articles/{unique('unknown-')}", 404, NOT_FOUND, anna)

    def test_somebody_elses_is_forbidden_and_stays(
        self, conduit: Conduit, anna: Somebody, ben: Somebody
    ) -> None:
        article = conduit.publish(anna)
        conduit.refused(f"DELETE /articles/{article['slug']}", 403, FORBIDDEN, ben)
        assert conduit.read(article["slug"]) == article


class TestReading:
    def test_an_unknown_article_is_not_found(self, conduit: Conduit, anna: Somebody) -> None:
        for reader in (None, anna):
            conduit.refused(f"GET /articles/{unique('unknown-')}", 404, NOT_FOUND, reader)

    @pytest.mark.parametrize("ref", ["1", "0", "9" * 30, "%F0%9F%A6%AB", "a%20b"])
    def test_only_slugs_name_articles(self, conduit: Conduit, anna: Somebody, ref: str) -> None:
        """Galley's own API takes ids, too; here they are no names."""
        conduit.publish(anna)
        conduit.refused(f"GET /articles/{ref}", 404, NOT_FOUND, anna)
        conduit.refused(f"DELETE /articles/{ref}", 404, NOT_FOUND, anna)

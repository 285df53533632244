"""What the floor makes of what it has seen the product do."""

import pytest

from benchmarks.floor.inserts import Rows, tables
from benchmarks.floor.learn import Answered, Asked
from benchmarks.floor.pages import NotOneStatement, recipe


def _answered(body: bytes, *asked: Asked) -> Answered:
    return Answered(200, [], body, asked)


def test_a_list_is_made_of_the_rows_but_the_one_that_says_whether_it_goes_on() -> None:
    rows = [(1, "{}"), (2, '{"a":1}'), (3, '{"b":1}')]
    learnt = recipe(_answered(b'[{},{"a":1}]', Asked("SELECT", [7], rows)))
    assert (learnt.sql, learnt.column, learnt.rows) == ("SELECT", 1, 2)
    assert learnt.body([(4, "1"), (5, "2"), (6, "3")]) == b"[1,2]"


def test_a_single_object_is_a_row_of_its_own() -> None:
    learnt = recipe(_answered(b"{}", Asked("SELECT", [], [(1, "{}", None)])))
    assert learnt.body([(2, '{"a":1}', None)]) == b'{"a":1}'


def test_what_the_product_adds_to_an_object_is_added() -> None:
    learnt = recipe(_answered('{"a":"é","seo":{}}'.encode(), Asked("SELECT", [], [('{"a":"é"}',)])))
    assert learnt.body([('{"a":"ü"}',)]) == '{"a":"ü","seo":{}}'.encode()


def test_a_page_that_takes_more_than_one_statement_has_no_such_floor() -> None:
    with pytest.raises(NotOneStatement, match="SELECT 2"):
        recipe(_answered(b"{}", Asked("SELECT 1", [], [("[]",)]), Asked("SELECT 2", [])))


def test_the_article_is_inserted_before_what_refers_to_it() -> None:
    statements = "INSERT INTO addresses (a)", "SELECT 1", "INSERT INTO public.articles (b)"
    assert tables(Asked(sql, []) for sql in statements) == ["articles", "addresses"]


def test_one_statement_may_insert_into_several_tables() -> None:
    sql = "WITH a AS (INSERT INTO articles (b)), r AS (INSERT INTO revisions (c)) SELECT 1"
    assert tables([Asked(sql, [])]) == ["articles", "revisions"]


def test_the_rows_of_a_table_are_one_statement() -> None:
    rows = Rows("article_tags", ["article_id", "tag_id"], [(1, 5), (1, 6)])
    assert rows.sql == 'INSERT INTO article_tags ("article_id", "tag_id") VALUES ($1, $2), ($3, $4)'
    assert rows.arguments(article_id=9) == [9, 5, 9, 6]
    assert Rows("articles", ["slug"], [("a",)]).sql.endswith(" RETURNING id")

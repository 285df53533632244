"""Rates, delays and whom they count for, without a database."""

from datetime import timedelta

import pytest

from app.core.allowance import Allowance
from app.core.config import Settings
from app.features.limits import rules
from app.features.limits.rules import Limit, Patience
from tests.conftest import PATIENCE
from tests.factories import EARLY_2026

AT = EARLY_2026


@pytest.mark.parametrize("quota", [1, 3, 7, 30, 1_000_000])
def test_a_quota_is_exact_however_the_interval_is_rounded(quota: int) -> None:
    limit = Limit("x", quota)
    full_at = AT
    for _ in range(min(quota, 1000)):
        assert full_at <= limit.latest(AT)
        full_at += limit.interval
    if quota <= 1000:
        assert full_at > limit.latest(AT)


def test_what_is_left_is_told_in_whole_numbers() -> None:
    limit = Limit("x", 7)
    once = AT + limit.interval
    assert limit.allowance(once, AT) == Allowance("x", 7, 900, 6, 129)
    assert limit.allowance(AT + limit.interval * 7, AT) == Allowance("x", 7, 900, 0, 900)
    assert limit.allowance(AT - timedelta(days=1), AT) == Allowance("x", 7, 900, 7, 0)


def test_a_wait_is_never_nothing() -> None:
    limit = Limit("x", 900)
    assert limit.wait(AT + limit.slack, AT) == 1
    assert limit.wait(AT + limit.slack + timedelta(seconds=1.5), AT) == 2


def test_the_words_of_the_headers() -> None:
    allowance = Allowance("sign_in", 30, 900, 4, 780)
    assert allowance.policy == '"sign_in";q=30;w=900'
    assert allowance.state == '"sign_in";r=4;t=780'


def test_delays_double_up_to_a_quarter_of_an_hour() -> None:
    patience = Patience("x", free=10)
    seconds = [patience.delay(failures).total_seconds() for failures in range(9, 20)]
    assert seconds == [0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]
    assert patience.delay(10**9) == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:C000:0201", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("testclient", "unknown"),
        ("192.0.2.1, 198.51.100.1", "unknown"),
        ("unix:/run/galley.sock", "unknown"),
    ],
)
def test_a_place_is_an_address_or_the_network_of_a_site(address: str, place: str) -> None:
    assert rules.place(address) == place


@pytest.mark.parametrize("spelling", ["ANNA@EXAMPLE.COM", " Anna@example.com ", "anna@Example.com"])
def test_a_login_counts_for_the_same_however_it_is_spelled(spelling: str) -> None:
    assert rules.account_subject(spelling, None) == rules.account_subject("anna@example.com", None)
    assert rules.email_subject(spelling) == rules.email_subject("anna@example.com")


def test_letters_count_as_the_same_however_they_are_composed() -> None:
    assert rules.account_subject("ZOE\u0308", None) == rules.account_subject("zoë", None)


def test_an_account_counts_under_whatever_name() -> None:
    assert rules.account_subject("anna", 7) == rules.account_subject("anna@example.com", 7)
    assert rules.account_subject("anna", 7) != rules.account_subject("anna", 8)
    assert rules.account_subject("account 7", None) != rules.account_subject("anna", 7)


def test_a_subject_tells_nobody_what_was_typed() -> None:
    for subject in (rules.account_subject("anna@x.y", None), rules.email_subject("anna@x.y")):
        assert len(subject) == 64
        assert "anna" not in subject


@pytest.mark.parametrize("spelled", ["ANNA@X.Y", " anna@x.y ", "anna@X.y"])
def test_an_address_counts_once_however_it_is_spelled(spelled: str) -> None:
    assert rules.email_subject(spelled) == rules.email_subject("anna@x.y")


def test_letters_that_are_one_to_the_database_are_one_here() -> None:
    assert rules.email_subject("v\u0130ct\u0130m@x.y") == rules.email_subject("victim@x.y")


def test_a_setting_raises_every_limit(settings: Settings) -> None:
    raised = settings.model_copy(update=PATIENCE)
    limits = [
        rules.sign_ins_of_address,
        rules.sign_ins_of_account,
        rules.registrations,
        rules.recoveries_of_address,
        rules.mails_to_address,
        rules.refreshes,
        rules.comments,
        rules.second_factors,
        rules.password_proofs,
    ]
    for limit in limits:
        assert limit(raised).quota > 30_000 > limit(settings).quota
        assert limit(raised).interval > timedelta()
    assert rules.sign_in_patience(raised, wary=False).free == 100_000


def test_whoever_is_kept_from_asking_always_has_a_good_link(settings: Settings) -> None:
    assert rules.mails_to_address(settings).interval < timedelta(minutes=10)

"""The filter of a list: in a fold above the rows, which a telephone can leave shut."""

import re

import pytest


@pytest.mark.parametrize(
    "address", ["/mediajobs/job/", "/mediajobs/cancelbatch/", "/mediajobs/auditevent/"]
)
def test_the_filter_is_a_fold_that_stands_before_the_rows(sign_in, make_job, address):
    make_job()
    html = sign_in("administrator").get(address).content.decode()
    assert html.count('id="changelist-filter"') == 1
    assert html.index('id="changelist-filter"') < html.index('id="changelist-form"')
    assert re.search(r"<details>\s*<summary>Filter</summary>", html)


def test_a_shut_fold_says_that_the_filter_is_in_use(sign_in, make_job):
    make_job()
    html = sign_in("viewer").get("/mediajobs/job/?status=running").content.decode()
    assert "<summary>Filter: in use</summary>" in html
    assert '<a href="?">Clear all filters</a>' in html


def test_a_filter_that_cannot_be_understood_is_not_hidden_in_the_fold(sign_in):
    html = sign_in("auditor").get("/mediajobs/auditevent/?since=noon").content.decode()
    assert "<details open>" in html
    assert "Write a time as 2026-01-31" in html

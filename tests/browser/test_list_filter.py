"""The filter of a list is at hand on a desk and out of the way on a telephone, without a script."""

import re

from playwright.sync_api import expect


def test_on_a_desk_the_filter_stands_open_beside_the_rows(sign_in):
    page = sign_in("viewer")
    page.goto("/mediajobs/job/")
    filters, rows = page.locator("#changelist-filter"), page.locator("#result_list")
    expect(filters.get_by_role("link", name="Not finished")).to_be_visible()
    assert filters.bounding_box()["x"] > rows.bounding_box()["x"] + rows.bounding_box()["width"]


def test_on_a_telephone_the_filter_opens_above_the_rows(sign_in):
    page = sign_in("viewer", width=390, height=844)
    page.goto("/mediajobs/job/")
    filters, rows = page.locator("#changelist-filter"), page.locator("#result_list")
    link = filters.get_by_role("link", name="Not finished")
    expect(link).to_be_hidden()
    assert filters.bounding_box()["y"] < rows.bounding_box()["y"] < 600
    filters.locator("summary", has_text="Filter").click()
    link.click()
    expect(page).to_have_url(re.compile("status=active"))
    expect(filters.get_by_text("Filter: in use")).to_be_visible()


def test_on_a_telephone_a_row_shows_its_progress_whole(sign_in):
    page = sign_in("viewer", width=390, height=844)
    page.goto("/mediajobs/job/")
    box = page.locator("#result_list tbody .field-progress_column").first.bounding_box()
    assert box["x"] + box["width"] < 330

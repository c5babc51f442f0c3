"""Who has no right is offered nothing, and is told so when asking by address."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("name", ["viewer", "auditor"])
def test_a_viewer_sees_jobs_and_can_touch_none(sign_in, name, picture):
    page = sign_in(name)
    page.goto("/mediajobs/job/")
    expect(page.locator("select[name=action]")).to_have_count(0)
    page.locator("#result_list tbody th a, #result_list tbody td a").first.click()
    expect(page.get_by_role("link", name="Request cancellation")).to_have_count(0)
    page.goto(page.url.replace("/change/", "/cancel/"))
    expect(page.locator("body")).to_contain_text("no right to request cancellation")
    picture(page, f"refused-{name}")


def test_only_an_auditor_opens_the_trail(sign_in, picture):
    page = sign_in("operator")
    assert page.goto("/mediajobs/auditevent/").status == 403
    page = sign_in("auditor")
    assert page.goto("/mediajobs/auditevent/").status == 200
    picture(page, "trail")

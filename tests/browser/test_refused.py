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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_who_guesses_passwords_is_locked_out_in_a_sentence(open_page, scheme, width, picture):
    page = open_page(width=width, color_scheme=scheme)
    page.goto("/login/")
    for _ in range(5):
        page.get_by_label("Username").fill(f"nobody-{width}-{scheme}")
        page.get_by_label("Password").fill("a guess")
        page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Too many tries to sign in")).to_be_visible()
    expect(page.locator("body")).to_contain_text("locked out for 15 minutes")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    picture(page, f"locked-out-{width}-{scheme}")
    page.get_by_role("link", name="Go to the sign-in page").click()
    expect(page.get_by_label("Username")).to_be_visible()

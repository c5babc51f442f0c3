"""Every page fits a telephone and a desk, by day and by night."""

import pytest

PAGES = {
    "home": "/",
    "jobs": "/mediajobs/job/",
    "nothing-found": "/mediajobs/job/?q=no-such-label",
    "job": "/mediajobs/job/1/change/",
    "cancel": "/mediajobs/job/1/cancel/",
    "add": "/mediajobs/job/add/",
    "record": "/mediajobs/job/record/",
    "cancellations": "/mediajobs/cancelbatch/",
    "trail": "/mediajobs/auditevent/",
    "trail-nothing-found": "/mediajobs/auditevent/?actor=nobody",
    "trail-wrong-filter": "/mediajobs/auditevent/?kind=nonsense&since=yesterday",
    "event": "/mediajobs/auditevent/1/change/",
    "api-clients": "/mediajobs/apiclient/",
    "api-client-add": "/mediajobs/apiclient/add/",
    "api": "/api/",
    "deliveries": "/mediajobs/webhookdelivery/",
    "delivery": "/mediajobs/webhookdelivery/1/change/",
    "users": "/auth/user/",
    "user": "/auth/user/1/change/",
    "groups": "/auth/group/",
    "password": "/password_change/",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_no_page_is_cut_off(sign_in, width, height, scheme, picture):
    page = sign_in("administrator", width=width, height=height, color_scheme=scheme)
    for name, address in PAGES.items():
        assert page.goto(address).status == 200, name
        picture(page, f"{name}-{width}-{scheme}")
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, f"{name} is {wider} px wider than the window"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_list_wider_than_a_telephone_has_a_shadow_where_it_goes_on(sign_in, scheme):
    page = sign_in("viewer", width=390, height=844, color_scheme=scheme)
    page.goto("/mediajobs/job/")
    results, row = page.locator(".results"), page.locator("#result_list tbody tr").first
    assert results.evaluate("part => part.scrollWidth > part.clientWidth")
    attachments = results.evaluate("part => getComputedStyle(part).backgroundAttachment")
    assert attachments.startswith("local, local, scroll, scroll")
    assert row.evaluate("row => getComputedStyle(row).backgroundColor") == "rgba(0, 0, 0, 0)"


def test_a_window_of_900_pixels_shows_fifteen_jobs(sign_in):
    page = sign_in("viewer")
    page.goto("/mediajobs/job/")
    rows = page.locator("#result_list tbody tr").all()
    visible = [
        row for row in rows if (box := row.bounding_box()) and box["y"] + box["height"] <= 900
    ]
    assert len(visible) >= 15

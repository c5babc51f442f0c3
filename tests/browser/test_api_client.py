"""An administrator makes a token for a pipeline, which works until it is revoked."""

import re

import requests
from playwright.sync_api import expect

TOKEN = re.compile(r"mjp_[A-Za-z0-9_-]{43}")


def test_a_token_is_made_shown_once_used_and_revoked(sign_in, panel, picture):
    page = sign_in("administrator")
    page.get_by_role("link", name="API clients").click()
    page.get_by_role("link", name=re.compile("Add API client")).click()
    page.get_by_label("Name").fill("nightly-transcodes")
    page.get_by_label("Record").check()
    picture(page, "api-client-new")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("the only time that it is shown")).to_be_visible()
    token = TOKEN.search(page.content())[0]
    picture(page, "api-client-made")

    headers = {"Authorization": f"Bearer {token}"}
    listed = requests.get(f"{panel.url}/api/jobs?limit=2", headers=headers, timeout=10)
    assert listed.status_code == 200
    assert len(listed.json()["jobs"]) == 2

    body = b" " * (20 * 1024 * 1024)
    too_big = requests.post(
        f"{panel.url}/api/jobs",
        body,
        headers=headers | {"Content-Type": "application/json"},
        timeout=30,
    )
    assert too_big.status_code == 413
    page.get_by_role("link", name="I have kept it").click()
    assert token not in page.content()
    picture(page, "api-clients-one")
    page.get_by_role("link", name="nightly-transcodes").click()
    assert token not in page.content()
    picture(page, "api-client-change")
    page.get_by_role("link", name="Revoke this token").click()
    picture(page, "api-client-revoke")
    page.get_by_role("button", name="Revoke this token").click()
    expect(page.locator(".messagelist")).to_contain_text("is revoked")
    expect(page.locator("#result_list")).to_contain_text("Revoked")
    refused = requests.get(f"{panel.url}/api/jobs", headers=headers, timeout=10)
    assert refused.status_code == 401

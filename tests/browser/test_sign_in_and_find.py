"""An operator signs in, finds a job and looks at it."""

import re

from playwright.sync_api import expect


def test_a_wrong_password_is_said_and_nothing_is_shown(open_page, picture):
    page = open_page()
    page.goto("/mediajobs/job/")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()
    picture(page, "login")


def test_a_job_is_found_by_the_beginning_of_its_id_and_read_again(sign_in, world, panel, picture):
    page = sign_in("operator")
    picture(page, "home")
    job_id = world.add_job(submitted_ago=3.0)
    panel.manage("sync_jobs")
    page.get_by_role("link", name="Jobs", exact=True).first.click()
    expect(page.locator("#result_list tbody tr")).to_have_count(50)
    picture(page, "jobs")
    page.get_by_role("searchbox").or_(page.locator("#searchbar")).first.fill(job_id[:13])
    page.keyboard.press("Enter")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.locator("#result_list tbody th a, #result_list tbody td a").first.click()
    expect(page.get_by_text(job_id).first).to_be_visible()
    page.get_by_role("button", name="Refresh now").click()
    expect(page.locator(".messagelist")).to_contain_text("Running")
    picture(page, "job")


def test_a_filter_narrows_the_list(sign_in):
    page = sign_in("viewer")
    page.goto("/mediajobs/job/")
    page.get_by_role("link", name=re.compile("^Failed")).first.click()
    expect(page).to_have_url(re.compile("status="))
    badges = page.locator("#result_list .field-status_badge, #result_list .badge")
    expect(badges.first).to_have_text("Failed")

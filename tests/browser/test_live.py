"""Pages that people watch change by themselves and leave alone what is in use."""

import re

import pytest
from playwright.sync_api import expect

SHOT = {"timeout": 20_000}


@pytest.fixture
def job_ids(world, panel):
    """Five jobs that the panel has just come to know, and that run on."""
    ids = [world.add_job("/media/diagnose", submitted_ago=5.0 + n) for n in range(5)]
    panel.manage("sync_jobs")
    return ids


def cancel(page, address):
    """Request cancellation of a job in a window of its own."""
    page.goto(address.replace("/change/", "/cancel/"))
    page.locator("#id_category").select_option("stuck")
    page.locator("#id_reason").fill("It hangs.")
    page.get_by_role("button", name="Request cancellation of this job").click()
    expect(page.locator(".messagelist")).to_contain_text(re.compile("requested|cancelled", re.I))


def test_a_watched_job_changes_by_itself_and_what_is_typed_stays(sign_in, world, job_ids, picture):
    watcher, other = sign_in("operator"), sign_in("operator")
    watcher.goto(f"/mediajobs/job/?q={job_ids[0]}")
    watcher.locator("#result_list tbody th a").click()
    watcher.get_by_role("textbox", name="Note").fill("half a sent")
    button = watcher.get_by_role("button", name="Refresh now").element_handle()
    watcher.evaluate("window.stayed = true")
    cancel(other, watcher.url)
    expect(watcher.locator(".timeline")).to_contain_text("Set out to send", **SHOT)
    expect(watcher.locator("#cancel")).to_have_count(0, **SHOT)
    picture(watcher, "job-live-requested")
    expect(watcher.locator(".facts").first).to_contain_text("Cancelled", **SHOT)
    expect(watcher.locator("[data-live-done]")).to_have_count(2, **SHOT)
    expect(watcher.get_by_role("textbox", name="Note")).to_have_value("half a sent")
    assert button.evaluate("button => button.isConnected")
    assert watcher.evaluate("window.stayed")
    picture(watcher, "job-live-cancelled")


def test_a_watched_list_changes_its_cells_and_ticking_goes_on_working(
    sign_in, world, panel, job_ids, picture
):
    page, other = sign_in("bulk-operator"), sign_in("bulk-operator")
    page.goto("/mediajobs/job/?path=/media/diagnose")
    rows = page.locator("#result_list tbody tr")
    boxes = page.locator("#result_list input.action-select")
    count = rows.count()
    first = rows.filter(has=page.locator(f'[title="{job_ids[0]}"]'))
    second = rows.filter(has=page.locator(f'[title="{job_ids[1]}"]'))
    address = [row.locator("th a").get_attribute("href") for row in (first, second)]
    handle = first.element_handle()

    cancel(other, address[0])
    expect(first.locator(".field-status_column")).to_have_text("Cancelled", **SHOT)
    assert handle.evaluate("row => row.isConnected")

    boxes.nth(0).check()
    boxes.nth(2).click(modifiers=["Shift"])
    boxes.nth(2).blur()
    expect(page.locator(".action-counter")).to_have_text(f"3 of {count} selected")
    cancel(other, address[1])
    page.wait_for_timeout(12_000)
    expect(second.locator(".field-status_column")).to_have_text("Running")
    expect(page.locator("tr.selected")).to_have_count(3)
    picture(page, "jobs-live-ticked")

    page.locator("#action-toggle").check()
    expect(page.locator(".action-counter")).to_have_text(f"{count} of {count} selected")
    page.locator("#action-toggle").uncheck()
    page.locator("#action-toggle").blur()
    expect(second.locator(".field-status_column")).to_have_text("Cancelled", **SHOT)

    new_id = world.add_job("/media/diagnose", submitted_ago=1.0)
    panel.manage("sync_jobs")
    expect(page.locator("#found")).to_contain_text(re.compile("1 came and [01] went"), **SHOT)
    expect(page.locator(f'[title="{new_id}"]')).to_have_count(0)
    picture(page, "jobs-live-came")
    page.get_by_role("link", name="reload").click()
    expect(page.locator(f'[title="{new_id}"]')).to_be_visible()


def test_a_row_that_left_the_list_is_marked_and_stays(sign_in, job_ids, picture):
    page, other = sign_in("operator"), sign_in("operator")
    page.goto(f"/mediajobs/job/?status=active&q={job_ids[2]}")
    row = page.locator("#result_list tbody tr")
    cancel(other, row.locator("th a").get_attribute("href"))
    expect(page.locator("tr.gone")).to_have_count(1, **SHOT)
    expect(page.locator("#found")).to_contain_text("0 came and 1 went (in italics): reload")
    picture(page, "jobs-live-gone")


def test_a_list_without_rows_is_opened_again_as_soon_as_there_are_some(
    sign_in, world, panel, job_ids, picture
):
    page = sign_in("operator")
    page.goto("/mediajobs/job/?status=internal_error&path=/media/master")
    expect(page.locator("#result_list")).to_have_count(0)
    job_id = world.add_job("/media/master", "InternalError", submitted_ago=1.0)
    panel.manage("sync_jobs")
    expect(page.locator(f'[title="{job_id}"]')).to_be_visible(**SHOT)


def test_a_list_without_rows_in_whose_search_somebody_types_tells_of_those_that_came(
    sign_in, world, panel, job_ids, picture
):
    page = sign_in("operator")
    page.goto("/mediajobs/job/?status=internal_error&path=/media/diagnose")
    page.locator("#searchbar").press_sequentially("half a w")
    world.add_job("/media/diagnose", "InternalError", submitted_ago=1.0)
    panel.manage("sync_jobs")
    expect(page.get_by_text("1 job is here by now: reload")).to_be_visible(**SHOT)
    expect(page.locator("#searchbar")).to_have_value("half a w")
    picture(page, "jobs-live-first")

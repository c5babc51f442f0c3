"""An operator cancels one job and reads what the remote said."""

import re

from playwright.sync_api import expect

from mediajobs.simulator.jobs import CANCELLED


def test_one_job_is_cancelled_with_a_reason_and_the_answer_is_shown(sign_in, world, picture):
    page = sign_in("operator")
    page.goto("/mediajobs/job/add/")
    page.get_by_label("API").select_option("/media/master")
    page.get_by_role("textbox", name="Label").fill("Trailer <b>two</b>")
    picture(page, "add-a-job")
    # No earlier: the panel finds it by itself within seconds, and then it is known already.
    job_id = world.add_job("/media/master", submitted_ago=100_000.0)
    page.get_by_label("Job id").fill(job_id)
    page.locator(
        "form button[type=submit], form input[type=submit], form button.primary"
    ).last.click()
    expect(page).to_have_url(re.compile(r"/mediajobs/job/\d+/change/"))
    expect(page.get_by_role("textbox", name="Label")).to_have_value("Trailer <b>two</b>")
    page.get_by_role("link", name="Request cancellation").click()
    expect(page.get_by_role("link", name="Keep it running")).to_be_visible()
    page.locator("#id_category").select_option("wrong_input")
    page.locator("#id_reason").fill("The wrong master was uploaded.")
    picture(page, "cancel-one")
    page.get_by_role("button", name="Request cancellation of this job").click()
    expect(page.locator(".messagelist")).to_contain_text(re.compile("requested|cancelled", re.I))
    picture(page, "cancel-one-done")
    for _ in range(10):
        page.get_by_role("button", name="Refresh now").click()
        if "Cancelled" in page.locator(".facts").first.inner_text():
            break
    expect(page.locator(".facts").first).to_contain_text("Cancelled")
    expect(page.locator(".timeline")).to_contain_text("The remote says: Cancelled.")
    picture(page, "job-cancelled")
    assert world.job(job_id).status_at(world.clock()) == CANCELLED
    assert world.cancels(job_id) == 1

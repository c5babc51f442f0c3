"""The pages that say what went wrong."""

import pytest
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.test import Client
from django.urls import path

from mediajobs.urls import urlpatterns as panel_urls
from tests.admin.cancel_steps import text


def fail_on_purpose(request):
    raise RuntimeError("on purpose")


urlpatterns = [path("broken/", fail_on_purpose), *panel_urls]


def test_a_page_that_is_not_there_says_so(sign_in):
    answer = sign_in("viewer").get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is no such page" in text(answer)
    assert "mediajobs/panel.css" in answer.content.decode()


@pytest.mark.parametrize("term", ["a", "%00"])
def test_the_search_that_no_page_uses_is_not_there(sign_in, term):
    query = f"app_label=mediajobs&model_name=cancelattempt&field_name=job&term={term}"
    assert sign_in("administrator").get(f"/autocomplete/?{query}").status_code == 404


def test_a_page_that_one_may_not_see_says_what_to_do(sign_in):
    answer = sign_in("viewer").get("/auth/user/")
    assert answer.status_code == 403
    assert "Ask an administrator" in text(answer)


def test_a_form_without_its_token_is_refused_in_a_sentence(make_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("administrator"))
    answer = client.post("/auth/group/add/", {"name": "x"})
    assert answer.status_code == 403
    assert "load the page again" in text(answer)


def test_an_error_of_the_panel_is_told_without_its_words(client, settings, db):
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    answer = client.get("/broken/")
    assert answer.status_code == 500
    assert "Look at the job or the cancellation before you repeat" in text(answer)
    assert "on purpose" not in answer.content.decode()


@pytest.mark.parametrize(
    ("limit", "value"),
    [("DATA_UPLOAD_MAX_MEMORY_SIZE", 100), ("DATA_UPLOAD_MAX_NUMBER_FIELDS", 10)],
)
def test_a_form_that_is_too_big_is_refused_in_a_sentence(client, db, settings, limit, value):
    setattr(settings, limit, value)
    answer = client.post("/login/", {f"field-{number}": "x" * 20 for number in range(11)})
    assert answer.status_code == 400
    assert "What was sent is bigger than the panel takes at once" in text(answer)
    assert "Nothing was changed." in text(answer)


@pytest.mark.parametrize(
    "error", [OperationalError("gone"), InternalError("read-only"), InterfaceError("closed")]
)
def test_a_database_that_cannot_be_used_is_told_in_a_sentence(sign_in, error):
    def refuse(execute, sql, params, many, context):
        raise error

    client = sign_in("viewer")
    client.raise_request_exception = False
    with connection.execute_wrapper(refuse):
        answer = client.get("/mediajobs/job/")
    assert answer.status_code == 503
    assert "The panel cannot use its database" in text(answer)
    assert str(error) not in text(answer)


def test_what_the_database_refuses_to_write_is_told_on_the_page_of_a_deed(sign_in, make_job):
    def read_only(execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE")):
            raise OperationalError("attempt to write a readonly database")
        return execute(sql, params, many, context)

    client, job = sign_in("operator"), make_job()
    client.raise_request_exception = False
    deeds = [
        (f"/mediajobs/job/{job.pk}/cancel/", {"category": "stuck", "reason": "It hangs."}),
        (f"/mediajobs/job/{job.pk}/refresh/", {}),
        ("/mediajobs/job/add/", {"remote_id": "12345678-new", "path": "/media/transcode"}),
    ]
    with connection.execute_wrapper(read_only):
        answers = [client.post(*deed) for deed in deeds]
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert all("before you repeat what you did" in text(answer) for answer in answers)

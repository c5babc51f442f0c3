"""Every address of the panel × every role × GET and POST: who gets in, and with which answer.

An address that is not in the table fails the test, so that a new page says who may open it.
"""

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.urls import URLPattern, get_resolver

from mediajobs.models import (
    ApiClient,
    AuditEvent,
    BatchState,
    CancelBatch,
    Credential,
    Job,
    WebhookDelivery,
)
from mediajobs.services import cancel, clients

ROLES = ("", "viewer", "operator", "bulk operator", "auditor", "administrator")
STAFF = set(ROLES)
SEE = STAFF - {""}
WRITE = {"operator", "bulk operator", "administrator"}
MANY = {"bulk operator", "administrator"}
TRAIL = {"auditor", "administrator"}
ADMIN = {"administrator"}
NOBODY = set()

#: Route: (answer to GET, who gets it), (answer to POST, who gets it). The rest of the staff
#: gets 403. The draft was made by the bulk operator; forms are posted empty.
TABLE = {
    "": ((200, STAFF), (200, STAFF)),
    "login/": ((302, STAFF), (200, STAFF)),
    "logout/": ((405, STAFF), (200, STAFF)),
    "overview/": ((200, STAFF), (405, STAFF)),
    "password_change/": ((200, STAFF), (200, STAFF)),
    "password_change/done/": ((200, STAFF), (405, STAFF)),
    "autocomplete/": ((404, STAFF), (404, STAFF)),
    "jsi18n/": ((200, STAFF), (405, STAFF)),
    "r/<content_type_id>/<object_id>/": ((404, STAFF), (404, STAFF)),
    "(app_label)/": ((302, STAFF), (302, STAFF)),
    "(url)": ((404, STAFF), (404, STAFF)),
    "healthz/": ((503, STAFF), (405, STAFF)),
    "healthz/web/": ((200, STAFF), (405, STAFF)),
    "webhooks/media/": ((405, STAFF), (400, STAFF)),
    "webhooks/media/<app>/": ((405, STAFF), (400, STAFF)),
    "mediajobs/job/": ((200, SEE), (200, SEE)),
    "mediajobs/job/add/": ((200, WRITE), (422, WRITE)),
    "mediajobs/job/discover/": ((302, STAFF), (302, WRITE)),
    "mediajobs/job/discovery/": ((200, SEE), (405, STAFF)),
    "mediajobs/job/record/": ((200, WRITE), (422, WRITE)),
    "mediajobs/job/rows/": ((200, SEE), (405, STAFF)),
    "mediajobs/job/<job>/": ((302, STAFF), (302, STAFF)),
    "mediajobs/job/<job>/change/": ((200, SEE), (302, WRITE)),
    "mediajobs/job/<job>/history/": ((302, STAFF), (302, STAFF)),
    "mediajobs/job/<job>/delete/": ((200, ADMIN), (302, ADMIN)),
    "mediajobs/job/<job>/refresh/": ((302, STAFF), (302, WRITE)),
    "mediajobs/job/<job>/standing/": ((200, SEE), (405, STAFF)),
    "mediajobs/job/<job>/timeline/": ((200, SEE), (405, STAFF)),
    "mediajobs/job/<job>/cancel/": ((200, WRITE), (422, WRITE)),
    "mediajobs/cancelbatch/": ((200, SEE), (200, SEE)),
    "mediajobs/cancelbatch/add/": ((403, NOBODY), (403, NOBODY)),
    "mediajobs/cancelbatch/<running>/": ((302, STAFF), (302, STAFF)),
    "mediajobs/cancelbatch/<running>/change/": ((200, SEE), (200, SEE)),
    "mediajobs/cancelbatch/<running>/history/": ((302, STAFF), (302, STAFF)),
    "mediajobs/cancelbatch/<running>/delete/": ((403, NOBODY), (403, NOBODY)),
    "mediajobs/cancelbatch/<draft>/confirm/": ((302, STAFF), (422, {"bulk operator"})),
    "mediajobs/cancelbatch/<draft>/discard/": ((302, STAFF), (302, {"bulk operator"})),
    "mediajobs/cancelbatch/<running>/pause/": ((302, STAFF), (302, MANY)),
    "mediajobs/cancelbatch/<running>/resume/": ((302, STAFF), (302, MANY)),
    "mediajobs/cancelbatch/<running>/abort/": ((302, STAFF), (302, MANY)),
    "mediajobs/cancelbatch/<running>/abort/ask/": ((200, WRITE), (405, STAFF)),
    "mediajobs/cancelbatch/<running>/retry/": ((302, STAFF), (302, WRITE)),
    "mediajobs/cancelbatch/<running>/send_again/": ((302, STAFF), (302, MANY)),
    "mediajobs/cancelbatch/<running>/progress/": ((200, SEE), (405, STAFF)),
    "mediajobs/cancelbatch/<running>/items/": ((200, SEE), (405, STAFF)),
    "mediajobs/auditevent/": ((200, TRAIL), (200, TRAIL)),
    "mediajobs/auditevent/add/": ((403, NOBODY), (403, NOBODY)),
    "mediajobs/auditevent/export/": ((302, STAFF), (302, TRAIL)),
    "mediajobs/auditevent/<event>/": ((302, STAFF), (302, STAFF)),
    "mediajobs/auditevent/<event>/change/": ((200, TRAIL), (403, NOBODY)),
    "mediajobs/auditevent/<event>/history/": ((302, STAFF), (302, STAFF)),
    "mediajobs/auditevent/<event>/delete/": ((403, NOBODY), (403, NOBODY)),
    "mediajobs/webhookdelivery/": ((200, TRAIL), (200, TRAIL)),
    "mediajobs/webhookdelivery/add/": ((403, NOBODY), (403, NOBODY)),
    "mediajobs/webhookdelivery/<delivery>/": ((302, STAFF), (302, STAFF)),
    "mediajobs/webhookdelivery/<delivery>/change/": ((200, TRAIL), (403, NOBODY)),
    "mediajobs/webhookdelivery/<delivery>/history/": ((302, STAFF), (302, STAFF)),
    "mediajobs/webhookdelivery/<delivery>/delete/": ((403, NOBODY), (403, NOBODY)),
    "mediajobs/credential/": ((200, ADMIN), (200, ADMIN)),
    "mediajobs/credential/add/": ((200, ADMIN), (200, ADMIN)),
    "mediajobs/credential/<credential>/": ((302, STAFF), (302, STAFF)),
    "mediajobs/credential/<credential>/change/": ((200, ADMIN), (200, ADMIN)),
    "mediajobs/credential/<credential>/history/": ((302, STAFF), (302, STAFF)),
    "mediajobs/credential/<credential>/delete/": ((200, ADMIN), (200, ADMIN)),
    "mediajobs/apiclient/": ((200, ADMIN), (200, ADMIN)),
    "mediajobs/apiclient/add/": ((200, ADMIN), (200, ADMIN)),
    "mediajobs/apiclient/<apiclient>/": ((302, STAFF), (302, STAFF)),
    "mediajobs/apiclient/<apiclient>/change/": ((200, ADMIN), (302, ADMIN)),
    "mediajobs/apiclient/<apiclient>/history/": ((302, STAFF), (302, STAFF)),
    "mediajobs/apiclient/<apiclient>/delete/": ((403, NOBODY), (403, NOBODY)),
    "mediajobs/apiclient/<apiclient>/revoke/": ((200, ADMIN), (302, ADMIN)),
    "auth/user/": ((200, ADMIN), (200, ADMIN)),
    "auth/user/add/": ((200, ADMIN), (200, ADMIN)),
    "auth/user/<user>/": ((302, STAFF), (302, STAFF)),
    "auth/user/<user>/change/": ((200, ADMIN), (200, ADMIN)),
    "auth/user/<user>/history/": ((200, ADMIN), (200, ADMIN)),
    "auth/user/<user>/delete/": ((200, ADMIN), (200, ADMIN)),
    "auth/user/<user>/password/": ((200, ADMIN), (200, ADMIN)),
    "auth/group/": ((200, ADMIN), (200, ADMIN)),
    "auth/group/add/": ((200, ADMIN), (200, ADMIN)),
    "auth/group/<group>/": ((302, STAFF), (302, STAFF)),
    "auth/group/<group>/change/": ((200, ADMIN), (200, ADMIN)),
    "auth/group/<group>/history/": ((200, ADMIN), (200, ADMIN)),
    "auth/group/<group>/delete/": ((200, ADMIN), (200, ADMIN)),
    "api/": ((200, STAFF), (405, STAFF)),
    "api/openapi.json": ((200, STAFF), (405, STAFF)),
    "api/jobs": ((401, STAFF), (401, STAFF)),
    "api/jobs/<job_id>": ((401, STAFF), (405, STAFF)),
    "api/cancellations": ((405, STAFF), (401, STAFF)),
    "api/cancellations/<number>": ((401, STAFF), (405, STAFF)),
    "api/<rest>": ((404, STAFF), (404, STAFF)),
}
#: What a stranger gets where he is not sent to sign in.
OPEN = {
    "login/": (200, 200),
    "logout/": (302, 302),
    "healthz/": (503, 405),
    "healthz/web/": (200, 405),
    "api/": (200, 405),
    "api/openapi.json": (200, 405),
    "api/jobs": (401, 401),
    "api/jobs/<job_id>": (401, 405),
    "api/cancellations": (405, 401),
    "api/cancellations/<number>": (401, 405),
    "api/<rest>": (404, 404),
    "webhooks/media/": (405, 400),
    "webhooks/media/<app>/": (405, 400),
}
#: These know no session, so that nothing can be forged in the name of one.
WITHOUT_SESSION = {
    "api/jobs": 401,
    "api/jobs/<job_id>": 405,
    "api/cancellations": 401,
    "api/cancellations/<number>": 405,
    "api/<rest>": 404,
    "webhooks/media/": 400,
    "webhooks/media/<app>/": 400,
}
METHODS = ("get", "post")
EXAMPLES = {
    "content_type_id": 1,
    "object_id": 1,
    "app": 1,
    "(app_label)": "mediajobs",
    "(url)": "no/such/page/",
    "user": lambda: User.objects.get(username="target").pk,
    "group": lambda: Group.objects.get(name="viewer").pk,
    "apiclient": lambda: ApiClient.objects.get().pk,
    "job_id": lambda: Job.objects.latest("pk").remote_id,
    "number": lambda: CancelBatch.objects.get(state=BatchState.RUNNING).pk,
    "rest": "no/such/thing",
    "credential": lambda: Credential.objects.get().pk,
    "job": lambda: Job.objects.latest("pk").pk,
    "delivery": lambda: WebhookDelivery.objects.get().pk,
    "event": lambda: AuditEvent.objects.latest("pk").pk,
    "draft": lambda: CancelBatch.objects.get(state=BatchState.DRAFT).pk,
    "running": lambda: CancelBatch.objects.get(state=BatchState.RUNNING).pk,
}
OBJECT_OF = {"cancelbatch": "running", "auditevent": "event", "webhookdelivery": "delivery"}


def routes(resolver, before=""):
    """Walk every address that the panel resolves, written as in the table."""
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield as_in_table(route)
        else:
            yield from routes(pattern, route)


def as_in_table(route):
    for name in ("app_label", "url"):
        if f"(?P<{name}>" in route:
            return f"({name})" + "/" * (name == "app_label")
    route = route.replace("path:", "").replace("int:", "").replace("<pk>", "<object_id>")
    app, _, rest = route.partition("/")
    model = rest.partition("/")[0]
    if app == "r":
        return route
    example = "draft" if route.endswith(("confirm/", "discard/")) else OBJECT_OF.get(model, model)
    return route.replace("<object_id>", f"<{example}>").replace("<id>", f"<{example}>")


def address_of(route):
    """Fill an address with objects that exist."""
    for name, example in EXAMPLES.items():
        place = name if name.startswith("(") else f"<{name}>"
        if place in route:
            route = route.replace(place, str(example() if callable(example) else example))
    return "/" + route


@pytest.fixture
def panel(operator, make_user, make_job):
    """A panel with one of everything, and somebody of each role."""
    jobs = Job.objects.filter(pk__in=[make_job().pk, make_job().pk])
    running = cancel.draft(jobs, by=operator, selection="ticked")
    cancel.confirm(running, by=operator, category="stuck", reason="slow")
    cancel.draft(jobs, by=operator, selection="ticked")
    make_job()
    Credential.objects.create(name="Sports", place="DOLBYIO_SPORTS")
    clients.make(ApiClient(name="nightly"), by=operator)
    make_user("viewer", name="target")
    WebhookDelivery.objects.create(app="settings")
    people = {role: make_user(role) for role in ROLES if role != "bulk operator"}
    return people | {"bulk operator": operator.user}


def test_every_address_of_the_panel_is_in_the_table():
    assert sorted(set(routes(get_resolver()))) == sorted(TABLE)


def ask_everywhere(client, person, method):
    """Send a request to every address, each undone afterwards; return route → answer."""
    answers = {}
    for route in TABLE:
        address = address_of(route)
        with transaction.atomic():
            if person:
                client.force_login(person)
            answers[route] = getattr(client, method)(address)
            transaction.set_rollback(True)
    return answers


def test_opening_any_page_records_nothing(client, panel):
    client.force_login(panel["administrator"])
    before = AuditEvent.objects.count()
    for route in TABLE:
        client.get(address_of(route))
        assert AuditEvent.objects.count() == before, route


def statuses(answers):
    return {route: answer.status_code for route, answer in answers.items()}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_what_it_may_and_no_more(client, panel, role, method):
    rules = {route: rules[METHODS.index(method)] for route, rules in TABLE.items()}
    expected = {
        route: status if role in allowed else 403 for route, (status, allowed) in rules.items()
    }
    assert statuses(ask_everywhere(client, panel[role], method)) == expected


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_who_is_not_staff_is_sent_to_sign_in(client, panel, method, is_signed_in):
    outsider = panel["administrator"]
    outsider.is_staff = False
    outsider.save()
    answers = ask_everywhere(client, outsider if is_signed_in else None, method)
    opened = {route: answers.pop(route) for route in OPEN}
    assert statuses(opened) == {route: OPEN[route][METHODS.index(method)] for route in OPEN}
    found = {route: answer.headers.get("Location") for route, answer in answers.items()}
    assert found == {route: f"/login/?next={address_of(route)}" for route in answers}


def test_no_form_is_taken_without_its_token(client, panel):
    client.handler.enforce_csrf_checks = True
    answers = ask_everywhere(client, panel["administrator"], "post")
    assert statuses(answers) == dict.fromkeys(TABLE, 403) | WITHOUT_SESSION

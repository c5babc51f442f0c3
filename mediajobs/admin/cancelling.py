"""Requesting cancellation from the pages of jobs: of one, and of all that were selected."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from mediajobs.admin.cancel_words import tell_outcome
from mediajobs.admin.job_pages import JobPagesMixin
from mediajobs.forms import ReasonForm
from mediajobs.models import CancelAttempt, Job
from mediajobs.services import cancel, notices, sync
from mediajobs.services.audit import Actor

SELECT_ACROSS = ActionForm.base_fields["select_across"]


class CancelJobsMixin(JobPagesMixin):
    """The bulk action and the page of one job; both end in services.cancel."""

    actions = ["cancel_selected"]

    @admin.action(permissions=["bulk_cancel"], description="Request cancellation of selected jobs")
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        """Freeze the selection into a draft and show its page; nothing is sent yet."""
        words = self.selection_words(request, queryset)
        try:
            batch = cancel.draft(queryset, by=Actor.from_request(request), selection=words)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return None
        return redirect("admin:mediajobs_cancelbatch_change", batch.pk)

    def selection_words(self, request: HttpRequest, queryset: QuerySet[Job]) -> str:
        """Say how the jobs were chosen: by ticks, or by filters and search."""
        # Read as Django's form of actions reads it.
        if not SELECT_ACROSS.to_python(request.POST.get("select_across")):
            return f"{queryset.count():,} ticked on the list of jobs"
        filters = list(filter_words(self.get_changelist_instance(request), request))
        return f"All jobs with {', '.join(filters)}" if filters else "All jobs"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        """Refuse an action without a job in a sentence, on the list as it was filtered."""
        if not self.is_empty_action(request):
            return super().changelist_view(request, extra_context)
        words = "No job was selected. Tick at least one, or use “Select all”."
        self.message_user(request, words, messages.ERROR)
        # Without "index" Django sees no action and draws the list.
        request.POST = request.POST.copy()
        del request.POST["index"]
        response = super().changelist_view(request, extra_context)
        response.context_data["action_form"].initial["action"] = request.POST.get("action")
        response.status_code = 400
        return response

    def is_empty_action(self, request: HttpRequest) -> bool:
        """Whether somebody who has actions started one without a job."""
        is_action = "index" in request.POST and bool(self.get_actions(request))
        return is_action and ACTION_CHECKBOX_NAME not in request.POST

    def has_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may request cancellation of one job."""
        return Actor.from_request(request).may("cancel_job", "bulk_cancel_job")

    def has_bulk_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return Actor.from_request(request).may("bulk_cancel_job")

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.cancel_view)
        return [path("<int:pk>/cancel/", page, name="mediajobs_job_cancel"), *super().get_urls()]

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Ask for the reason beside the status read just now; on POST send the request."""
        if not self.has_cancel_permission(request):
            raise PermissionDenied(
                "You have no right to request cancellation of a job. "
                "Ask somebody of the group “operator”."
            )
        self.check_view_right(request)
        job = Job.objects.filter(pk=pk).first()
        if job is None:
            self.message_user(request, "This job is not there any more.", messages.WARNING)
            return redirect("admin:mediajobs_job_changelist")
        if request.method == "POST":
            return self.cancel_now(request, job)
        form = ReasonForm(mail_obstacle=notices.mail_obstacle(request.user))
        return self.cancel_page(request, job, form, problem=sync.refresh(job))

    def cancel_now(self, request: HttpRequest, job: Job) -> HttpResponseBase:
        """Send the request and tell what came of it on the job's page."""
        form = ReasonForm(request.POST, mail_obstacle=notices.mail_obstacle(request.user))
        if form.is_valid():
            try:
                attempt = cancel.cancel_now(
                    job, by=Actor.from_request(request), **form.cleaned_data
                )
            except ValidationError as error:
                form.add_error(None, error)
            else:
                tell_outcome(request, attempt)
                return redirect("admin:mediajobs_job_change", job.pk)
        return self.cancel_page(request, job, form, status=422)

    def cancel_page(
        self,
        request: HttpRequest,
        job: Job,
        form: ReasonForm,
        *,
        problem: str = "",
        status: int = 200,
    ) -> HttpResponseBase:
        attempts = CancelAttempt.objects.filter(job=job).select_related("batch")
        context = {
            **self.admin_site.each_context(request),
            "title": "Request cancellation of this job",
            "opts": self.opts,
            "job": job,
            "form": form,
            "problem": problem,
            "asked": attempts.live().last(),
            "waiting": attempts.queued().released().last(),
        }
        name = "admin/mediajobs/cancelling/page.html"
        return TemplateResponse(request, name, context, status=status)


def filter_words(changelist: ChangeList, request: HttpRequest) -> Iterator[str]:
    """Write each filter in use as "title choice", and the search."""
    for spec in changelist.filter_specs:
        if any(name in request.GET for name in spec.expected_parameters()):
            yield f"{spec.title} {chosen(spec, changelist)}"
    if changelist.query:
        yield f"“{changelist.query[:100]}” in id or label"


def chosen(spec: ListFilter, changelist: ChangeList) -> str:
    """Name what a filter is set to: its own words for it, or else the values themselves."""
    words = [
        str(choice["display"]) for choice in spec.choices(changelist) if choice.get("selected")
    ]
    return " or ".join(words) or ", ".join(str(value) for value in spec.used_parameters.values())

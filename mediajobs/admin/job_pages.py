"""The pages of one job: add it, see it, refresh it, delete it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from mediajobs.admin.job_parts import page_context, standing_context, timeline_context
from mediajobs.forms import JobForm, JobNotesForm
from mediajobs.models import Job
from mediajobs.services import intake, jobs, sync
from mediajobs.services.audit import Actor

DETAIL = "admin:mediajobs_job_change"
TEMPLATES = "admin/mediajobs/job"


def posted(request: HttpRequest) -> QueryDict | None:
    """Give what a form was sent with, be it nothing; None when none was sent."""
    return request.POST if request.method == "POST" else None


class JobPagesMixin(admin.ModelAdmin):
    """Own views in place of Django's: theirs hold a transaction, ours speak with the remote."""

    def get_urls(self) -> list[URLPattern]:
        views = {
            "refresh": self.refresh_view,
            "standing": require_GET(self.standing_view),
            "timeline": require_GET(self.timeline_view),
        }
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"mediajobs_job_{name}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Record one job, then read its status."""
        if not self.has_add_permission(request):
            raise PermissionDenied(
                "You have no right to add jobs. Ask somebody of the group “operator”."
            )
        form = JobForm(posted(request))
        if not form.is_valid():
            status = 422 if form.is_bound else 200
            return self.page(request, "add", {"title": "Add a job", "form": form}, status=status)
        job, is_new = intake.record_one(**form.cleaned_data, by=Actor.from_request(request))
        words = "is added" if is_new else "was here already, and stays as it was"
        self.message_user(request, f"Job {job.remote_id} {words}.", messages.SUCCESS)
        self.tell_problem(request, sync.refresh(job))
        return redirect(DETAIL, job.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict | None = None,
    ) -> HttpResponse:
        """Show one job with all that happened to it; take what people say of it."""
        self.check_view_right(request)
        job = self.get_object(request, object_id)
        if job is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        may_edit = self.has_change_permission(request, job)
        if request.method == "POST" and not may_edit:
            raise PermissionDenied("You have no right to change what is said of a job.")
        form = JobNotesForm(posted(request), instance=job)
        if form.is_valid():
            jobs.edit(job, **form.cleaned_data, by=Actor.from_request(request))
            self.message_user(request, "Your changes are stored.", messages.SUCCESS)
            return redirect(DETAIL, job.pk)
        return self.detail(request, job, form if may_edit else None)

    def detail(self, request: HttpRequest, job: Job, form: JobNotesForm | None) -> HttpResponse:
        about = {"title": f"Job {job.short_id}", "subtitle": job.label or None, "form": form}
        context = about | page_context(request, job)
        return self.page(request, "detail", context, status=422 if form and form.errors else 200)

    def standing_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer with where the job stands alone, for a page that is being watched."""
        return self.part(request, pk, "_standing", standing_context)

    def timeline_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer with what happened to the job alone."""
        return self.part(request, pk, "_timeline", timeline_context)

    def part(
        self,
        request: HttpRequest,
        pk: int,
        name: str,
        context_of: Callable[[HttpRequest, Job], dict[str, Any]],
    ) -> HttpResponse:
        self.check_view_right(request)
        job = get_object_or_404(self.get_queryset(request), pk=pk)
        return TemplateResponse(request, f"{TEMPLATES}/{name}.html", context_of(request, job))

    def check_view_right(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied(
                "You have no right to see jobs. Ask an administrator for a role."
            )

    def refresh_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Read the job's status from the remote and show it; only show it without a POST."""
        if request.method != "POST":
            return redirect(DETAIL, pk)
        if not request.user.has_perm("mediajobs.refresh_job"):
            raise PermissionDenied("You have no right to read a job's status from the remote.")
        job = Job.objects.filter(pk=pk).first()
        if job is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))
        if not self.tell_problem(request, sync.refresh(job)):
            words = f"Read just now: {job.status_words}."
            self.message_user(request, words, messages.SUCCESS)
        return redirect(DETAIL, pk)

    def tell_problem(self, request: HttpRequest, problem: str) -> bool:
        """Say why the status could not be read; whether there was a problem."""
        if problem:
            words = f"The status could not be read. {problem}"
            self.message_user(request, words, messages.WARNING)
        return bool(problem)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        """Ask whether to forget a job; refuse in a sentence while it is being cancelled."""
        job = self.get_object(request, object_id)
        if not self.has_delete_permission(request, job):
            raise PermissionDenied("You have no right to delete jobs. Ask an administrator.")
        if job is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method != "POST":
            return self.page(request, "delete", {"title": "Delete this job here", "job": job})
        try:
            jobs.delete(job, by=Actor.from_request(request))
        except ValidationError as refusal:
            self.message_user(request, " ".join(refusal.messages), messages.ERROR)
            return redirect(DETAIL, job.pk)
        self.message_user(request, f"Job {job.remote_id} is deleted here.", messages.SUCCESS)
        return redirect("admin:mediajobs_job_changelist")

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        """Lead to the job's page, whose timeline is its history."""
        return redirect(DETAIL, object_id)

    def page(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> TemplateResponse:
        """Render one of the templates of jobs."""
        about = {"opts": self.opts, "media": self.media}
        context = {**self.admin_site.each_context(request), **about, **context}
        return TemplateResponse(request, f"{TEMPLATES}/{name}.html", context, status=status)

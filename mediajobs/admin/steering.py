"""Doing something to a cancellation: confirm, discard, pause, resume, abort, retry; tell of it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from mediajobs.admin.batch_pages import BatchPagesMixin
from mediajobs.admin.cancel_words import tell_gone, tell_late
from mediajobs.admin.progress import Progress
from mediajobs.forms import ConfirmForm
from mediajobs.models import BatchState, CancelBatch
from mediajobs.models.forecast import forecast
from mediajobs.services import cancel, notices
from mediajobs.services.audit import Actor

View = Callable[[HttpRequest, CancelBatch, Actor], HttpResponseBase]


class SteerBatchMixin(BatchPagesMixin):
    """Each deed is one POST, one service, one sentence about what came of it."""

    def get_urls(self) -> list[URLPattern]:
        deeds = {
            "confirm": self.deed(self.confirm),
            "discard": self.deed(self.discard),
            "pause": self.deed(self.pause),
            "resume": self.deed(self.resume),
            "abort": self.deed(self.abort),
            "abort/ask": require_GET(self.step(self.ask_abort)),
            "retry": self.deed(self.retry),
            "send_again": self.deed(self.send_again),
        }
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"mediajobs_cancelbatch_{name.replace('/', '_')}",
            )
            for name, view in deeds.items()
        ]
        return [*own, *super().get_urls()]

    def deed(self, view: View) -> Callable[[HttpRequest, int], HttpResponseBase]:
        """Let `view` act on a POST; lead whoever opens its address to the page of the batch."""
        act = self.step(view)

        def post(request: HttpRequest, pk: int) -> HttpResponseBase:
            if request.method == "POST":
                return act(request, pk)
            return redirect("admin:mediajobs_cancelbatch_change", pk)

        return post

    def step(self, view: View) -> Callable[[HttpRequest, int], HttpResponseBase]:
        """Let `view` act for somebody with a right to cancel, on a batch that is still there."""

        def act(request: HttpRequest, pk: int) -> HttpResponseBase:
            by = Actor.from_request(request)
            if not by.may("cancel_job", "bulk_cancel_job"):
                raise PermissionDenied(
                    "You have no right to request or steer cancellations. "
                    "Ask somebody of the group “bulk operator”."
                )
            batch = CancelBatch.objects.filter(pk=pk).first()
            return view(request, batch, by) if batch else tell_gone(request)

        return act

    def confirm(self, request: HttpRequest, batch: CancelBatch, by: Actor) -> HttpResponseBase:
        """Release a draft; what was typed stays typed until it will do."""
        cancel.check_confirmer(batch, by=by)
        if batch.state != BatchState.DRAFT:
            return tell_late(request, batch)
        count = forecast(batch).to_request_count
        mail_obstacle = notices.mail_obstacle(request.user)
        form = ConfirmForm(request.POST, batch=batch, count=count, mail_obstacle=mail_obstacle)
        if form.is_valid() and not count:
            form.add_error(None, "Nothing is left to request: no job of these goes on unasked.")
        if not form.is_valid():
            return self.page(request, batch, form, status=422)
        names = ("category", "reason", "mails_requester")
        try:
            is_mine = cancel.confirm(batch, by=by, **{n: form.cleaned_data[n] for n in names})
        except ValidationError as error:
            batch.refresh_from_db()  # still a draft: what was done before the error is undone
            form.add_error(None, error)
            return self.page(request, batch, form, status=422)
        words = f"Cancellation requested for {jobs(count)}."
        return self.tell(request, batch, is_mine, words, messages.INFO)

    def discard(self, request: HttpRequest, batch: CancelBatch, by: Actor) -> HttpResponseBase:
        """Throw a draft away and go back to the jobs."""
        number = batch.pk
        if not cancel.discard(batch, by=by):
            return tell_late(request, batch)
        messages.success(
            request, f"Draft {number} is discarded. Nothing was sent; its jobs run on."
        )
        return redirect("admin:mediajobs_job_changelist")

    def pause(self, request: HttpRequest, batch: CancelBatch, by: Actor) -> HttpResponseBase:
        words = "Paused. What was sent stays sent; nothing more is sent until somebody resumes."
        return self.tell(request, batch, cancel.pause(batch, by=by), words)

    def resume(self, request: HttpRequest, batch: CancelBatch, by: Actor) -> HttpResponseBase:
        return self.tell(request, batch, cancel.resume(batch, by=by), "Resumed.")

    def abort(self, request: HttpRequest, batch: CancelBatch, by: Actor) -> HttpResponseBase:
        words = "Aborted. No more requests are sent; those accepted by now are still looked at."
        return self.tell(request, batch, cancel.abort(batch, by=by), words)

    def ask_abort(self, request: HttpRequest, batch: CancelBatch, by: Actor) -> HttpResponseBase:
        """Say what aborting means, before it is done."""
        if not batch.is_going_on:
            return tell_late(request, batch)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Stop sending for cancellation {batch.pk}?",
            "opts": self.opts,
            "batch": batch,
            "progress": Progress(batch, batch.counts()),
            "may_steer": by.may("bulk_cancel_job"),
        }
        return TemplateResponse(request, "admin/mediajobs/cancelbatch/abort.html", context)

    def retry(self, request: HttpRequest, batch: CancelBatch, by: Actor) -> HttpResponseBase:
        """Draft a new cancellation of the failed ones and show it."""
        try:
            child = cancel.retry(batch, by=by)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("admin:mediajobs_cancelbatch_change", batch.pk)
        return redirect("admin:mediajobs_cancelbatch_change", child.pk)

    def send_again(self, request: HttpRequest, batch: CancelBatch, by: Actor) -> HttpResponseBase:
        """Have a notice tried anew that was given up."""
        is_mine = notices.send_again(batch, request.POST.get("notice", ""), by=by)
        return self.tell(request, batch, is_mine, "The notice is tried again now.")

    def tell(
        self,
        request: HttpRequest,
        batch: CancelBatch,
        is_mine: bool,
        words: str,
        level: int = messages.SUCCESS,
    ) -> HttpResponseBase:
        """Say what was done on the page of the batch, or that it was too late for it."""
        if not is_mine:
            return tell_late(request, batch)
        messages.add_message(request, level, words)
        return redirect("admin:mediajobs_cancelbatch_change", batch.pk)


def jobs(count: int) -> str:
    """Write a number of jobs."""
    return f"{count:,} job{'' if count == 1 else 's'}"

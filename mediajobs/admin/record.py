"""Taking in many jobs: paste or upload, look at what would happen, confirm."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from itertools import chain

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from mediajobs.admin.job_pages import JobPagesMixin
from mediajobs.forms import IntakeForm, too_big
from mediajobs.models import Credential, JobSource
from mediajobs.services import intake
from mediajobs.services.audit import Actor

SEAL_SECONDS = 24 * 3600
#: A browser shows our answer only after it could send all; more than this it may not send.
DRAIN_BYTES = 256 * 1024 * 1024
#: Where the rows come on the page: nothing that anybody has typed is written like this.
ROWS_HERE = mark_safe("<rows>")
CHUNK = 48 * 1024  # bytes; a multiple of three, so that each is encoded by itself
#: What a confirmation carries beside the rows: the names of its fields, the seal, a token.
BESIDE_ROWS = 2048


class RecordJobsMixin(JobPagesMixin):
    """Preview, then confirmation; what was previewed travels sealed and is stored as it was."""

    def get_urls(self) -> list[URLPattern]:
        # The guard against forgery reads the form, and would answer a huge one without a
        # sentence; record_view puts it behind its own look.
        view = self.admin_site.admin_view(csrf_exempt(self.record_view))
        return [path("record/", view, name="mediajobs_job_record"), *super().get_urls()]

    def record_view(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse a form that is too big in a sentence, and pass every other one on."""
        if not self.has_add_permission(request):
            raise PermissionDenied(
                "You have no right to add jobs. Ask somebody of the group “operator”."
            )
        if is_too_big(request):
            return self.record_page(request, IntakeForm(), problem=too_big(), status=413)
        return csrf_protect(self.record_step)(request)

    def record_step(self, request: HttpRequest) -> HttpResponseBase:
        if "sealed" in request.POST:
            return self.record_confirmed(request)
        if request.method != "POST":
            return self.record_page(request, IntakeForm())
        if "back" in request.POST:
            return self.record_page(request, IntakeForm(initial=request.POST.dict()))
        form = IntakeForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                found = intake.preview(form.stream, default_path=form.cleaned_data["path"])
                app = form.cleaned_data.get("credential")
                rows = found.pack()
                sealed = seal(request, rows, form.origin, app and app.pk)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return self.preview_page(request, found, form, sealed, rows)
        return self.record_page(
            request, form, status=413 if form.has_error("file", "too_big") else 422
        )

    def record_confirmed(self, request: HttpRequest) -> HttpResponse:
        """Store exactly what was previewed."""
        try:
            rows, origin, app_key = unseal(request)
        except signing.BadSignature:
            problem = "This preview is too old, or not yours. Paste or upload the job ids again."
            return self.record_page(request, IntakeForm(), problem=problem, status=422)
        by = Actor.from_request(request)
        app = Credential.objects.filter(pk=app_key).first()
        if app_key and app is None:
            problem = "The app was removed meanwhile. Choose another for these job ids."
            return self.record_page(request, IntakeForm(), problem=problem, status=422)
        about = {"by": by, "source": JobSource.FILE, "origin": origin, "credential": app}
        try:
            stored = intake.store(rows, **about)
        except ValidationError as error:
            problem = " ".join(error.messages)
            return self.record_page(request, IntakeForm(), problem=problem, status=422)
        hint = "Their status is unknown until a worker has read it." if stored.new_count else ""
        self.message_user(request, f"{stored.words} {hint}", messages.SUCCESS)
        return redirect("admin:mediajobs_job_changelist")

    def record_page(
        self, request: HttpRequest, form: IntakeForm, *, problem: str = "", status: int = 200
    ) -> TemplateResponse:
        context = {"title": "Paste or upload jobs", "form": form, "problem": problem}
        return self.page(request, "record", context, status=status)

    def preview_page(
        self,
        request: HttpRequest,
        found: intake.Preview,
        form: IntakeForm,
        sealed: str,
        rows: bytes,
    ) -> StreamingHttpResponse:
        """Show what would happen; the rows are megabytes, and pass through no template."""
        context = {
            "title": "Paste or upload jobs: preview",
            "found": found,
            "origin": form.origin,
            "pasted": form.cleaned_data["text"],
            "path": form.cleaned_data["path"],
            "app": form.cleaned_data.get("credential"),
            "has_several_apps": "credential" in form.fields,
            "sealed": sealed,
            "rows": ROWS_HERE,
        }
        page = self.page(request, "preview", context).render()
        before, _, after = page.content.partition(ROWS_HERE.encode())
        return StreamingHttpResponse(chain([before], encoded(rows), [after]))


def is_too_big(request: HttpRequest) -> bool:
    """Whether the form exceeds what Django takes; then it is read to its end and dropped."""
    try:
        request.POST  # noqa: B018 -- reading it is what fails
    except RequestDataTooBig:
        for _ in range(DRAIN_BYTES // 65536):
            if not request.read(65536):
                break
        return True
    return False


def seal(request: HttpRequest, rows: bytes, origin: str, app_key: int | None = None) -> str:
    """Sign for packed rows, so that only this person's browser can bring them back, unchanged.

    Raises ValidationError where that would be more than a form may bring.
    """
    if -(-len(rows) // 3) * 4 + BESIDE_ROWS > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise ValidationError(
            "With its labels and notes this is too long to be confirmed in one piece. Split it, or "
            "give the whole file to “python manage.py record_jobs --path /media/… FILE”."
        )
    about = json.dumps([origin, app_key, digest(rows)]).encode()
    return signer(request).sign(base64.urlsafe_b64encode(about).decode())


def encoded(rows: bytes) -> Iterator[bytes]:
    for start in range(0, len(rows), CHUNK):
        yield base64.b64encode(rows[start : start + CHUNK])


def unseal(request: HttpRequest) -> tuple[Iterator[intake.Row], str, int | None]:
    """Unpack what `seal` sealed; raise BadSignature for anything else."""
    signed = signer(request).unsign(request.POST["sealed"], max_age=SEAL_SECONDS)
    origin, app_key, rows_digest = json.loads(base64.urlsafe_b64decode(signed))
    try:
        rows = binascii.a2b_base64(request.POST.get("rows", ""))
    except ValueError:
        rows = b""
    if digest(rows) != rows_digest:
        raise signing.BadSignature("These are not the rows that were signed for.")
    return intake.unpack(rows), origin, app_key


def signer(request: HttpRequest) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"mediajobs.intake.{request.user.pk}")


def digest(rows: bytes) -> str:
    return hashlib.sha256(rows).hexdigest()

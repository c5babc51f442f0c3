"""What came in at the webhook, for reading."""

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Left
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mediajobs.admin.audit import NewestFirst, link
from mediajobs.admin.readonly import ReadOnlyAdmin
from mediajobs.models import Job, WebhookDelivery
from mediajobs.templatetags.panel import badge, stamp


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = ["time", "about", "became", "address", "said"]
    list_per_page = 50
    list_max_show_all = 200
    paginator = NewestFirst
    show_full_result_count = False
    sortable_by = []
    empty_value_display = "–"
    fields = ["time", "state", "end", "job_id", "app", "address", "body", "digest"]
    readonly_fields = ["time", "end"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        job = Job.objects.filter(remote_id=OuterRef("job_id")).order_by()
        return (
            super()
            .get_queryset(request)
            .annotate(job_key=Subquery(job.values("pk")[:1]), beginning=Left("body", 90))
            .defer("body")
        )

    @admin.display(description="Time (UTC)")
    def time(self, delivery: WebhookDelivery) -> SafeString:
        return stamp(delivery.received_at, f"{delivery.received_at:%Y-%m-%d %H:%M:%S}")

    @admin.display(description="Handled (UTC)")
    def end(self, delivery: WebhookDelivery) -> SafeString | str:
        moment = delivery.handled_at
        return stamp(moment, f"{moment:%Y-%m-%d %H:%M:%S}") if moment else "–"

    @admin.display
    def about(self, delivery: WebhookDelivery) -> SafeString | str | None:
        """Link to the job, as long as the panel has it."""
        words = format_html('<span class="mono">{}</span>', delivery.job_id[:8])
        return link("job", delivery.job_key, words) if delivery.job_id else None

    @admin.display(description="What became of it")
    def became(self, delivery: WebhookDelivery) -> SafeString:
        return badge(delivery.state, delivery.get_state_display())

    @admin.display(description="Said, and not believed")
    def said(self, delivery: WebhookDelivery) -> str:
        return delivery.beginning

"""The trail, for reading."""

from django.contrib import admin

from mediajobs.admin.readonly import ReadOnlyAdmin
from mediajobs.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "kind", "job_id", "outcome", "remote_status"]

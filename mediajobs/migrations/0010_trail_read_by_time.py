from django.db import migrations, models

BY_FACT = {
    "audit_kind": "kind",
    "audit_actor": "actor",
    "audit_channel": "channel",
    "audit_outcome": "outcome",
    "audit_of_batch": "batch_id",
}


class Migration(migrations.Migration):
    dependencies = [
        ("mediajobs", "0009_links_and_checkpoints"),
    ]

    operations = [
        *(
            migrations.RemoveIndex(model_name="auditevent", name=name)
            for name in (*BY_FACT, "audit_at", "audit_job", "audit_reason")
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["-at", "-id"], name="audit_at"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                fields=["-at", "-id"],
                name="audit_reason",
                condition=models.Q(("reason", ""), _negated=True),
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                fields=["job_id", "-id"],
                name="audit_job",
                condition=models.Q(("job_id", ""), _negated=True),
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
        ),
        *(
            migrations.AddIndex(
                model_name="auditevent",
                index=models.Index(fields=[fact, "-at", "-id"], name=name),
            )
            for name, fact in BY_FACT.items()
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("job.recorded", "Recorded the job"),
                    ("job.edited", "Changed the job"),
                    ("job.deleted", "Deleted the job"),
                    ("app.added", "Added an app"),
                    ("app.changed", "Changed an app"),
                    ("app.removed", "Removed an app"),
                    ("client.made", "Made a token for a pipeline"),
                    ("client.changed", "Changed what a token opens"),
                    ("client.revoked", "Revoked the token of a pipeline"),
                    ("webhook.registered", "Registered the webhook"),
                    ("webhook.replaced", "Replaced a webhook of others"),
                    ("webhook.removed", "Removed the webhook"),
                    ("webhook.rejected", "Rejected deliveries to the webhook"),
                    ("batch.drafted", "Drafted a cancellation"),
                    ("batch.confirmed", "Confirmed the cancellation"),
                    ("batch.discarded", "Discarded the draft"),
                    ("batch.paused", "Paused the cancellation"),
                    ("batch.resumed", "Resumed the cancellation"),
                    ("batch.aborted", "Aborted the cancellation"),
                    ("batch.finished", "The cancellation finished"),
                    ("cancel.sent", "Set out to send the request"),
                    ("cancel.answered", "The media API answered"),
                    ("cancel.unanswered", "No clear answer to the request"),
                    ("cancel.withheld", "The request did not leave"),
                    ("cancel.answered_late", "A late answer, kept as evidence"),
                    ("cancel.queued_again", "The request is to be sent again"),
                    ("cancel.unconfirmed", "Still not confirmed"),
                    ("cancel.ended", "The request for the job ended"),
                    ("notice.sent", "Sent a notice"),
                    ("notice.given_up", "Gave a notice up"),
                    ("notice.queued_again", "Had a notice sent again"),
                    ("trail.pruned", "Removed old events from the trail"),
                    ("trail.verified", "Verified the trail"),
                    ("trail.exported", "Exported the trail"),
                ],
                max_length=32,
            ),
        ),
    ]

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
        ("mediajobs", "0010_what_people_do_is_on_record"),
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
    ]

from django.db import migrations, models

import mediajobs.models.credential


class Migration(migrations.Migration):
    dependencies = [
        ("mediajobs", "0011_trail_read_by_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="discovery",
            name="app_behind",
            field=models.CharField(
                blank=True,
                default="",
                help_text="A hash of what tells the app from others; empty: not known.",
                max_length=16,
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="discovery",
            name="newest_at",
            field=models.DateTimeField(
                help_text="Jobs submitted (by the remote's clock) until then are all known, but for those between `since` and `reached_at`.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="discovery",
            name="reached_at",
            field=models.DateTimeField(
                help_text="How far back it has come by now; empty when it has come to its end.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="credential",
            name="name",
            field=models.CharField(
                help_text="As people call the app.",
                max_length=64,
                unique=True,
                validators=[mediajobs.models.credential.validate_name],
            ),
        ),
    ]

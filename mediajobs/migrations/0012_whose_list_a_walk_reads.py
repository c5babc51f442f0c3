from django.db import migrations, models

import mediajobs.models.credential


class Migration(migrations.Migration):
    dependencies = [
        ("mediajobs", "0011_trail_read_by_time"),
    ]

    operations = [
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

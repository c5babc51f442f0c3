from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mediajobs", "0013_the_guard_is_on_record"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="look_again_at",
            field=models.DateTimeField(
                editable=False,
                help_text="When to ask again for one that could not be read.",
                null=True,
            ),
        ),
    ]

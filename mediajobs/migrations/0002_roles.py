"""Make the groups that staff are put in."""

from django.apps import apps as current_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

VIEWER = {"view_job", "view_cancelbatch", "view_cancelattempt"}
OPERATOR = VIEWER | {"add_job", "change_job", "refresh_job", "cancel_job"}
BULK_OPERATOR = OPERATOR | {"bulk_cancel_job"}
AUDITOR = VIEWER | {"view_auditevent"}
ADMINISTRATOR = (
    BULK_OPERATOR
    | AUDITOR
    | {"delete_job"}
    | {
        f"{verb}_{model}"
        for verb in ("add", "change", "view", "delete")
        for model in ("user", "group")
    }
)

ROLES = {
    "viewer": VIEWER,
    "operator": OPERATOR,
    "bulk operator": BULK_OPERATOR,
    "auditor": AUDITOR,
    "administrator": ADMINISTRATOR,
}


def make_roles(apps, schema_editor):
    # Django makes permissions after all migrations; these groups need them now.
    for label in ("auth", "mediajobs"):
        create_permissions(current_apps.get_app_config(label), verbosity=0)
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, codenames in ROLES.items():
        permissions = Permission.objects.filter(
            codename__in=codenames, content_type__app_label__in=("auth", "mediajobs")
        )
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*permissions)


def remove_roles(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("mediajobs", "0001_jobs_cancellations_and_trail"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, remove_roles)]

import environ
from django.db import migrations

env = environ.Env()


def first_member(apps, schema_editor):
    apps.get_model("auth", "User").objects.create(email=env("FIRST_MEMBER_EMAIL"))


class Migration(migrations.Migration):
    operations = [migrations.RunPython(first_member)]

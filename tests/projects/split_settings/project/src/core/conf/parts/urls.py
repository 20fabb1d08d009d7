ROOT_URLCONF = "core.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
ALLOWED_HOSTS = ["*"]

SECRET_KEY = "not-secret"
DEBUG = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
ROOT_URLCONF = "admin.urls"
WSGI_APPLICATION = "admin.wsgi.application"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.mysql", "NAME": "admin", "USER": "root", "PASSWORD": "admin", "HOST": "admin-mysql"}
}

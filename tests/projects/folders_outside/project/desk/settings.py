from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
LOG_FOLDER = Path("/logs")
LOG_FOLDER.mkdir(parents=True, exist_ok=True)
MEDIA_ROOT = "/srv/desk/media/"
STATIC_ROOT = BASE_DIR / "static"
UPLOAD_PATH = "/tmp/uploads"
DATA_DIR = "/usr/share/desk"
SECRET_KEY = "for a test"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "desk.urls"
WSGI_APPLICATION = "desk.wsgi.application"
INSTALLED_APPS = ["django.contrib.contenttypes"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
LOGGING = {
    "version": 1,
    "handlers": {
        "file": {"class": "logging.FileHandler", "filename": "/var/log/desk/desk.log"},
        "root": {"class": "logging.FileHandler", "filename": LOG_FOLDER / "root.log"},
    },
    "root": {"handlers": ["file", "root"], "level": "INFO"},
}

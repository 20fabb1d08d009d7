# Made by `devenv init`: what each developer has for themselves
SECRET_KEY = "django-insecure-for-development-only-0123456789abcdefghij"

INSTALLED_APPS = []
ROOT_URLCONF = "{{ project_name }}.urls"

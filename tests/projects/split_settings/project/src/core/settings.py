from split_settings.tools import include, optional

from core.conf.environ import env

DEBUG = env("DEBUG", cast=bool, default=False)

_parts = ("conf/database.py", "conf/parts/*.py", optional("conf/local.py"))
include(*_parts)

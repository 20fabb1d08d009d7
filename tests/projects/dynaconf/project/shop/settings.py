import dynaconf  # noqa

BASE_DIR = "."
settings = dynaconf.DjangoDynaconf(__name__, settings_files=["settings.yaml"], env_switcher="SHOP_ENV")  # noqa

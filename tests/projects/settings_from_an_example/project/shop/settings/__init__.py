from split_settings.tools import include, optional

include(
    "components/base.py",
    optional("components/of_a_server.py"),
    "local_settings.py",
)

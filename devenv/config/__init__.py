"""devenv.yaml as frozen values, every value knowing the line that set it."""

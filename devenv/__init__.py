"""devenv: one devenv.yaml, and a Django app runs in containers, live as you type."""

__version__ = "0.1.0"

"""Environment in, text out: a Dockerfile and a compose file that also work without devenv."""

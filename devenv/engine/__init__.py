"""Observe what runs, plan what differs, execute it; the doors to the Docker SDK and to `docker compose`."""

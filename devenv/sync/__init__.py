"""The host's tree to the containers, and back: by state, not by event."""

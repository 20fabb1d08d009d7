"""The project that the broken files describe; nothing in it is ever run."""

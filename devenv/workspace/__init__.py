"""`.devenv/`: the generated files on disk, and what this checkout remembers."""

"""Which databases a server has for whom: snapshots, branches, applied migrations. Pure."""

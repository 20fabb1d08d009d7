"""An existing Django project, read and never imported -> a devenv.yaml, each finding with its evidence."""

"""Here manage.py would be."""

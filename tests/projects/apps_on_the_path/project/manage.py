#!/usr/bin/env python
import os
import sys

SOURCE = os.path.abspath("source")


def main():
    sys.path.insert(0, SOURCE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ferry.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

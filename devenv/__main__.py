"""`python -m devenv` is `devenv`."""

from devenv.cli.main import main

if __name__ == "__main__":
    main()

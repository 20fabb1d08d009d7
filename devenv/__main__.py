"""The program: `devenv`, and `python -m devenv`.

An interrupt ends it at once and without a word, from the first moment on: nothing has begun that would have
to be ended in order. What does begin such a thing says so (`devenv.cli.interrupts`). So this comes before any
import that takes time, and `signal` is one of these: it makes enums.
"""

import _signal  # type: ignore[import-not-found]

if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:  # else a background job's
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

from devenv.cli.main import main

if __name__ == "__main__":
    main()

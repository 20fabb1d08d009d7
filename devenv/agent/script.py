"""The script that pages load, and the name of its edition, which lets browsers keep it."""

from __future__ import annotations

import os
import zlib

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "refresh.js"), "rb") as _file:
    SCRIPT = _file.read()
VERSION = "%08x" % zlib.crc32(SCRIPT)

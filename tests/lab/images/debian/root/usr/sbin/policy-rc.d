#!/bin/sh
# Nothing starts as a side effect of being installed.
exit 101

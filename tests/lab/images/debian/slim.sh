#!/bin/sh
# Removes from the root folder $1 what an image has no use for.
set -eu
cd "$1"
find usr/share/doc -type f ! -name copyright -delete
find usr/share/doc -type d -empty -delete
rm -rf usr/share/locale/* usr/share/man/* usr/share/info/* usr/share/lintian/* usr/share/groff/* usr/share/linda/*
rm -rf var/lib/apt/lists/* var/cache/apt/archives/*.deb var/cache/apt/*.bin var/cache/debconf/*-old var/lib/dpkg/*-old
rm -rf var/log/apt var/log/*.log debootstrap tmp/* dev/*
# Names and addresses are the engine's to give.
: > etc/resolv.conf
rm -f etc/hostname etc/machine-id

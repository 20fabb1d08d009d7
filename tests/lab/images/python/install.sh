#!/bin/sh
# Copies Debian's python$1 to /usr/local, as upstream's `make install` leaves it, and removes the packages.
set -eu
version=$1
build=/tmp/build
export DEBIAN_FRONTEND=noninteractive

apt-get update -qq
apt-get install -qq -y --no-install-recommends ca-certificates netbase tzdata
apt-mark showmanual > "$build/manual"
# -venv brings ensurepip; the wheels that it asks for are here already, from a package that is not installed.
cp -r /usr/share/python-wheels "$build/wheels"
apt-get install -qq -y --no-install-recommends "python$version-venv"

mkdir -p /usr/local/lib /usr/local/include
cp "/usr/bin/python$version" /usr/local/bin/
cp -r "/usr/lib/python$version" /usr/local/lib/

# Python.h and friends: upstream installs them, compilers are what "slim" leaves out.
cd "$build"
apt-get -o APT::Sandbox::User=root download -qq "libpython$version-dev"
dpkg -x "libpython$version"-dev_*.deb headers
cp -r "headers/usr/include/python$version" /usr/local/include/
cp headers/usr/include/*-linux-gnu*/"python$version/pyconfig.h" "/usr/local/include/python$version/pyconfig.h"

# The shared library: what embeds Python, such as uwsgi, is linked with it.
apt-get -o APT::Sandbox::User=root download -qq "libpython$version"
dpkg -x "libpython$version"_*.deb library
cp library/usr/lib/*-linux-gnu*/"libpython$version.so.1.0" /usr/local/lib/
ln -s "libpython$version.so.1.0" "/usr/local/lib/libpython$version.so"
ldconfig
cd /

# The libraries that the copy is linked with stay; everything else that came along goes.
# (A merged /usr knows a file by two names: the package's list has either.)
libraries=$(find "/usr/local/lib/python$version/lib-dynload" "/usr/local/bin/python$version" -type f -exec ldd {} + \
    | awk '/=> \// {print $3}' | sort -u | xargs -n1 readlink -f | sort -u \
    | sed 's,^\(/usr\)\?/lib/,*/lib/,' | xargs dpkg-query --search | grep -v '^diversion ' | cut -d: -f1 | sort -u)
apt-mark auto '.*' > /dev/null
apt-mark manual $(cat "$build/manual") $libraries > /dev/null
apt-get purge -qq -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false
rm -rf /var/lib/apt/lists/* /usr/lib/python3 "/usr/lib/python$version" /usr/share/python-wheels

cp -r "$build/wheels" /usr/share/python-wheels
"/usr/local/bin/python$version" -S "$build/upstream_layout.py"
"/usr/local/bin/python$version" -m ensurepip 2> /dev/null
cd /usr/local/bin
ln -s "python$version" python3
ln -s python3 python
ln -s pip3 pip
find /usr/local -name __pycache__ -type d -exec rm -rf {} +

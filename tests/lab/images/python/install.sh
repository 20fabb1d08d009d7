#!/bin/sh
# Copies Debian's python$1 to /usr/local, as upstream's `make install` leaves it, and removes the packages.
set -eu
version=$1
triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || basename "$(dirname "$(find /usr/lib -name libc.so.6 | head -1)")")
export DEBIAN_FRONTEND=noninteractive

apt-get update -qq
apt-get install -qq -y --no-install-recommends ca-certificates netbase tzdata
apt-mark showmanual > /tmp/build/manual
apt-get install -qq -y --no-install-recommends "python$version-venv"

mkdir -p /usr/local/lib /usr/local/include
cp "/usr/bin/python$version" /usr/local/bin/
cp -r "/usr/lib/python$version" /usr/local/lib/
cp -r /usr/share/python-wheels /tmp/build/wheels

# Python.h and friends: upstream installs them, compilers are what "slim" leaves out.
cd /tmp/build
apt-get -o APT::Sandbox::User=root download -qq "libpython$version-dev"
dpkg -x "libpython$version"-dev_*.deb headers
cp -r "headers/usr/include/python$version" /usr/local/include/
cp "headers/usr/include/$triplet/python$version/pyconfig.h" "/usr/local/include/python$version/pyconfig.h"
cd /

# The libraries that the copy is linked with stay; everything else that came along goes.
libraries=$(find "/usr/local/lib/python$version/lib-dynload" "/usr/local/bin/python$version" -type f -exec ldd {} + \
    | awk '/=> \// {print $3}' | sort -u | xargs -n1 readlink -f | sort -u \
    | sed 's,^/usr/lib/,*/lib/,; s,^/lib/,*/lib/,' | xargs dpkg-query --search | grep -v '^diversion ' | cut -d: -f1 | sort -u)
apt-mark auto '.*' > /dev/null
apt-mark manual $(cat /tmp/build/manual) $libraries > /dev/null
apt-get purge -qq -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false
rm -rf /var/lib/apt/lists/* /usr/lib/python3 "/usr/lib/python$version"

mkdir -p /usr/share/python-wheels
cp /tmp/build/wheels/*.whl /usr/share/python-wheels/
"/usr/local/bin/python$version" -S /tmp/build/upstream_layout.py
"/usr/local/bin/python$version" -m ensurepip --root-user-action=ignore 2>/dev/null || "/usr/local/bin/python$version" -m ensurepip
cd /usr/local/bin
ln -sf "python$version" python3
ln -sf python3 python
ln -sf pip3 pip
find /usr/local -name __pycache__ -type d -exec rm -rf {} +

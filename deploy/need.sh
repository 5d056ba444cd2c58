#!/bin/sh
# Says in one sentence which program is missing, for what, and how to get it.
#
# Usage: deploy/need.sh [--install] PROGRAM DEBIAN-PACKAGE WHAT-FOR
#   --install   as root on Debian, install the package instead
set -eu

install=no
if [ "$1" = --install ]; then
    install=yes
    shift
fi
program=$1 package=$2 purpose=$3

# Debian keeps servers in /usr/sbin, which is on root's PATH only.
PATH=$PATH:/usr/sbin
command -v "$program" >/dev/null && exit 0

if [ "$install" = yes ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "need: installing the Debian package $package, $purpose" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq -o DPkg::Lock::Timeout=120 update
    apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$package" >/dev/null
    command -v "$program" >/dev/null && exit 0
fi
echo "need: $program is missing, $purpose: install it (Debian: apt-get install $package)" >&2
exit 1

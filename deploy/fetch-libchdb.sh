#!/bin/sh
# Fetches the ClickHouse engine as a library (libchdb.so) for the demo and the tests.
#
# What it does: installs the npm package @chdb/lib-linux-x64-gnu (Apache-2.0, about 180 MB to
# download, 545 MB on disk) into ${MEDAXIS_CACHE:-.cache}/chdb/<version>, which git ignores. npm
# checks the integrity of what it downloads; no install script of the package is run. When the
# library is already there, nothing is fetched. The last line printed is the path of libchdb.so.
#
# Usage: deploy/fetch-libchdb.sh
set -eu

package=@chdb/lib-linux-x64-gnu
# Pinned: npm's "latest" is an older engine without the statement classifier that the gateway needs.
version=26.7.3-stable.1

say() { echo "fetch-libchdb: $*" >&2; }
fail() { say "$*"; exit 1; }

root=$(cd "$(dirname "$0")/.." && pwd)
cache=${MEDAXIS_CACHE:-$root/.cache}
case $cache in
    /*) ;;
    *) cache=$root/$cache ;;
esac
home=$cache/chdb/$version
library=$home/node_modules/$package/libchdb.so

if [ -f "$library" ]; then
    echo "$library"
    exit 0
fi

platform=$(uname -s)/$(uname -m)
[ "$platform" = Linux/x86_64 ] ||
    fail "libchdb $version is fetched for Linux on x86_64 only; this is $platform. Use a ClickHouse server instead."
if ldd --version 2>&1 | grep -qi musl; then
    fail "libchdb $version needs glibc; this system uses musl. Use a ClickHouse server instead."
fi
command -v npm >/dev/null 2>&1 ||
    fail "npm is not on the PATH. Install Node.js (it brings npm) and run this script again."

# Installed beside its final place and moved there whole, so that a broken download is never taken
# for the library, and two runs at once do no harm.
mkdir -p "$cache/chdb"
partial=$(mktemp -d "$cache/chdb/partial.XXXXXX")
trap 'rm -rf "$partial"' EXIT
trap 'exit 1' INT TERM

say "fetching $package $version with npm (about 180 MB, once) ..."
npm install --prefix "$partial" --no-save --no-package-lock --no-audit --no-fund \
    --ignore-scripts --loglevel=error "$package@$version" >&2 ||
    fail "npm could not fetch $package $version; its message is above. Check the network and run this script again."
[ -f "$partial/node_modules/$package/libchdb.so" ] ||
    fail "the package $package $version holds no libchdb.so, so it is not the one this project knows."

mv -T "$partial" "$home" 2>/dev/null || [ -f "$library" ] ||
    fail "cannot move the library to $home. Remove that folder and run this script again."
say "ready"
echo "$library"

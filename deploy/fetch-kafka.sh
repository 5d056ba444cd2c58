#!/bin/sh
# Fetches the jars of Apache Kafka that kafka/pom.xml pins into the cache, once.
# Run it again at will: it does nothing while the pinned jars are there.
#   MEDAXIS_CACHE  where to keep them (default: .cache in the project's root)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
pom=deploy/kafka/pom.xml
kafka=${MEDAXIS_CACHE:-.cache}/kafka

say() { echo "fetch-kafka: $*" >&2; }

# The copy of the pom beside the jars says which ones they are; it is written last.
if cmp -s "$pom" "$kafka/libs/pom.xml"; then
    say "the jars are in $kafka/libs"
    exit 0
fi

command -v java >/dev/null || { say "java is missing: install a Java 17 runtime (Debian: openjdk-17-jre-headless)"; exit 1; }
command -v mvn >/dev/null || { say "mvn is missing: install Maven (Debian: maven)"; exit 1; }

say "fetching Apache Kafka into $kafka/libs (45 MB)"
mkdir -p "$kafka"
fresh=$(mktemp -d "$kafka/libs.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
mvn -q -B -Dstyle.color=never -f "$pom" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$(cd "$fresh" && pwd)" >&2
cp "$pom" "$fresh/pom.xml"
chmod 755 "$fresh"
rm -rf "$kafka/libs"
mv "$fresh" "$kafka/libs"
say "done: $(du -sh "$kafka/libs" | cut -f1) in $kafka/libs"

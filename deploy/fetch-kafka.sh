#!/bin/sh
# Fetches Apache Kafka into the cache, once (45 MB).
exec "$(dirname "$0")/fetch-jars.sh" kafka

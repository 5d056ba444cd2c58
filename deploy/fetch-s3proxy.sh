#!/bin/sh
# Fetches S3Proxy, the tests' S3 server, into the cache, once (30 MB).
exec "$(dirname "$0")/fetch-jars.sh" s3proxy

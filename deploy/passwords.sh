#!/bin/sh
# Makes up the passwords that compose.yaml asks for, once, readable by their owner only.
#
# Usage: deploy/passwords.sh FILE
set -eu

file=$1
[ -f "$file" ] && exit 0
mkdir -p "$(dirname "$file")"
umask 077
password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
cat >"$file.new" <<END
MEDAXIS_CLICKHOUSE_PASSWORD=$(password)
MEDAXIS_GRAFANA_READER_PASSWORD=$(password)
MEDAXIS_GRAFANA_ADMIN_PASSWORD=$(password)
END
mv "$file.new" "$file"
echo "passwords: made up in $file (Grafana: user admin)" >&2

#!/bin/sh
# Runs a command as a named stage and notes how long it took.
#
# Usage: deploy/stage.sh FILE NAME COMMAND...   runs the command; its seconds are appended to FILE
#        deploy/stage.sh FILE                   prints FILE as a table and removes it
set -eu

file=$1
if [ $# -gt 1 ]; then
    name=$2
    shift 2
    echo "==> $name" >&2
    mkdir -p "$(dirname "$file")"
    began=$(date +%s)
    status=0
    "$@" || status=$?
    result=ok
    [ "$status" = 0 ] || result="failed ($status)"
    printf '%s\t%s\t%s\n' "$name" "$(($(date +%s) - began))" "$result" >>"$file"
    exit "$status"
fi

[ -f "$file" ] || exit 0
awk -F '\t' '
    BEGIN { printf "\n%-44s %8s\n", "stage", "seconds" }
    { printf "%-44s %8d  %s\n", $1, $2, $3; total += $2 }
    END { printf "%-44s %8d\n", "together", total }
' "$file"
rm -f "$file"

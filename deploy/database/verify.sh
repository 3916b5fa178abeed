#!/usr/bin/env bash
# Proves a backup by restoring it into a scratch database, which goes again whatever comes of it (OPS-5).
#
#   ADMIN_URL=postgres://… verify.sh FILE [COMMAND…]
#
# ADMIN_URL is a database of a server where databases may be created, postgres for example: not that of the service. Every
# table must have as many rows as when the backup was made. COMMAND runs with DATABASE_URL set to the scratch database and must
# succeed: let it be the service's own check of its record, as in
#
#   ADMIN_URL=postgres://… verify.sh guard-20261121T200000Z.dump relayer-invariant-guard --config bridge.toml audit verify
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
: "${ADMIN_URL:?a database of a server where databases may be created, as postgres://…}"

file=$1
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -r "$file" ] && [ -r "$file.counts" ] || { printf '%s or %s.counts cannot be read\n' "$file" "$file" >&2; exit 1; }

scratch="verify_$(date --utc +%s)_$$"
# The same server, another database: what stands between the last slash and the question mark.
url=$(printf '%s' "$ADMIN_URL" | sed -E "s#^([a-z]+://[^/]*)(/[^?]*)?(\\?.*)?\$#\\1/$scratch\\3#")

query() { psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --tuples-only --no-align "$@"; }

# Anything else would be restored into ADMIN_URL itself.
case $url in
    *[?\&]dbname=*) printf 'ADMIN_URL names its database twice: leave dbname= out\n' >&2; exit 2 ;;
    *://*/"$scratch" | *://*/"$scratch"\?*) ;;
    *) printf 'ADMIN_URL must be an address, as postgres://user@host/database\n' >&2; exit 2 ;;
esac

trap 'query "$ADMIN_URL" --command="DROP DATABASE IF EXISTS $scratch"' EXIT
query "$ADMIN_URL" --command="CREATE DATABASE $scratch"
pg_restore --exit-on-error --no-owner --dbname="$url" "$file"
if ! difference=$(query "$url" --file="$here/counts.sql" | diff "$file.counts" -); then
    printf '%s: other rows than when it was made (< then, > restored):\n%s\n' "$file" "$difference" >&2
    exit 1
fi
if [ $# -gt 0 ]; then
    DATABASE_URL=$url "$@" || { printf '%s: restored, but the check failed: %s\n' "$file" "$*" >&2; exit 1; }
fi
printf '%s: restored, %s tables as they were\n' "$file" "$(wc -l <"$file.counts")"

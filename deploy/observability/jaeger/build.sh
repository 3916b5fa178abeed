#!/usr/bin/env bash
# A Jaeger without its page, for machines with Go and without Docker: build.sh [FOLDER], by default target/tools/bin, where
# the tests look for it. Takes some minutes and three gigabytes of Go's caches (`go clean -cache -modcache` gives them back).
#
# `go install` refuses the module because it replaces one of its dependencies, so it is built where it was unpacked. The
# assets of its page are made by npm at a release and are not in the module: the API answers, the page says it is not there.
set -euo pipefail

# Jaeger 2.13.0: the module's own numbers go on from 1.
version=v1.76.0
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
target=${1:-$root/target/tools/bin}
mkdir -p "$target"
target=$(cd "$target" && pwd)

source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
folder=$(go mod download -json "github.com/jaegertracing/jaeger@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
cp -R "$folder/." "$source"
chmod -R u+w "$source"
CGO_ENABLED=0 go build -C "$source" -trimpath -ldflags='-s -w' -o "$target/jaeger" ./cmd/jaeger
"$target/jaeger" version 2>/dev/null | head -1 || true

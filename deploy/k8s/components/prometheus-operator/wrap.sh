#!/usr/bin/env bash
# Puts the rules of deploy/observability/prometheus into the envelope of the Prometheus operator. A test holds both equal.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for file in ../../../observability/prometheus/rules/*.yml; do
    name=$(basename "$file" .yml)
    {
        printf '# deploy/observability/prometheus/rules/%s.yml, wrapped by wrap.sh.\n' "$name"
        printf 'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: causeway-%s\n' "$name"
        printf '  namespace: besu-network\n  labels:\n    app.kubernetes.io/part-of: causeway\nspec:\n'
        sed -e '/^#/d' -e 's/^./  &/' "$file"
    } >"rules-$name.yaml"
done

#!/usr/bin/env bash
# Back to what ran before (OPS-6): rollback.sh SERVICE [REVISION]
#
# The database stays as it is. A program refuses to start on a schema that it does not know: then this stands still, with
# the pods of now still serving, and docs/operations.md says what to do. NAMESPACE is besu-network unless set.
set -euo pipefail

namespace=${NAMESPACE:-besu-network}
[ $# -ge 1 ] && [ $# -le 2 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
service=$1

kube() { kubectl --namespace "$namespace" "$@"; }

kube rollout history "deployment/$service"
# A paused rollout cannot be undone.
if [ "$(kube get "deployment/$service" --output 'jsonpath={.spec.paused}')" = true ]; then
    printf '%s: a canary is under way: canary.sh abort %s\n' "$service" "$service" >&2
    exit 1
fi
kube rollout undo "deployment/$service" ${2:+--to-revision="$2"}
kube rollout status "deployment/$service" --timeout=600s
kube exec "deployment/$service" -- "/app/$service" healthcheck

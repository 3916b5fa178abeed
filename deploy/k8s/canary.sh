#!/usr/bin/env bash
# One replica of a new image beside the old ones; then all of them, or none (OPS-6).
#
#   canary.sh start   SERVICE IMAGE     one new pod beside the old ones, and the rollout stands still
#   canary.sh status  SERVICE           which pods run what; with PROMETHEUS_URL, whether anything fires
#   canary.sh promote SERVICE           the rest follows; fails when the rollout does
#   canary.sh abort   SERVICE           back to the image of before
#
# It is the deployment's own rollout, paused after its first pod: maxSurge 1 and maxUnavailable 0 make that one beside
# the others. The new pod answers a share of the calls at once; it leads only when the lease comes to it, so delete the
# leader's pod to see it lead. Its init container has migrated the schema by then: changes only expand, so the old pods
# that run go on; but they do not start again on a schema that they do not know (docs/operations.md).
# Where migrations are Jobs, run the new release's first. NAMESPACE is besu-network unless set.
set -euo pipefail

namespace=${NAMESPACE:-besu-network}
before=causeway.dev/image-before

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }

kube() { kubectl --namespace "$namespace" "$@"; }

images() { # service image: of the container, and of its migration where that is in the pod
    local containers=("$1=$2")
    if [ -n "$(kube get "deployment/$1" --output 'jsonpath={.spec.template.spec.initContainers[*].name}')" ]; then
        containers+=("migrate=$2")
    fi
    kube set image "deployment/$1" "${containers[@]}"
}

image_of() { # service
    kube get "deployment/$1" --output "jsonpath={.spec.template.spec.containers[?(@.name=='$1')].image}"
}

is_paused() { # service
    [ "$(kube get "deployment/$1" --output 'jsonpath={.spec.paused}')" = true ]
}

# What is paused before the controller has seen it makes no pod at all. Whatever comes of the waiting, it is paused.
seen() { # service
    local generation
    generation=$(kube get "deployment/$1" --output 'jsonpath={.metadata.generation}')
    kube wait "deployment/$1" "--for=jsonpath={.status.observedGeneration}=$generation" --timeout=60s \
        || printf '%s: the new image was not seen within a minute; there may be no new pod\n' "$1" >&2
}

start() { # service image
    if is_paused "$1"; then
        printf '%s: a canary is under way; promote or abort it first\n' "$1" >&2
        return 1
    fi
    kube rollout status "deployment/$1" --timeout=60s
    kube annotate --overwrite "deployment/$1" "$before=$(image_of "$1")"
    images "$1" "$2"
    seen "$1"
    kube rollout pause "deployment/$1"
    status "$1"
}

status() { # service
    kube get pods --selector "app=$1" --output \
        'custom-columns=POD:.metadata.name,READY:.status.containerStatuses[0].ready,IMAGE:.spec.containers[0].image'
    [ -n "${PROMETHEUS_URL:-}" ] || return 0
    local firing="ALERTS{alertstate=\"firing\",job=\"$1\",severity=~\"critical|error\"}"
    local answer
    answer=$(curl --silent --show-error --fail --max-time 10 "$PROMETHEUS_URL/api/v1/query" --data-urlencode "query=$firing")
    case $answer in
        *'"status":"success"'*'"result":[]'*) printf 'nothing of error or above fires\n' ;;
        *) printf 'it fires: %s\n' "$answer" >&2; return 1 ;;
    esac
}

promote() { # service
    kube rollout resume "deployment/$1"
    kube rollout status "deployment/$1" --timeout=600s
    kube annotate "deployment/$1" "$before-"
}

abort() { # service
    local image
    image=$(kube get "deployment/$1" --output "jsonpath={.metadata.annotations.causeway\.dev/image-before}")
    if [ -z "$image" ]; then
        printf '%s: no canary was started here; see rollback.sh\n' "$1" >&2
        return 1
    fi
    # While it is paused: a resumed rollout would go on before it is turned round.
    images "$1" "$image"
    kube rollout resume "deployment/$1"
    kube rollout status "deployment/$1" --timeout=600s
    kube annotate "deployment/$1" "$before-"
}

case ${1:-}:$# in
    start:3) start "$2" "$3" ;;
    status:2) status "$2" ;;
    promote:2) promote "$2" ;;
    abort:2) abort "$2" ;;
    *) usage ;;
esac

# Every recipe is one line that you can also type. `just` lists them.

# What there is
default:
    @just --list

# The whole system on this machine, until Ctrl-C
demo *args:
    cargo demo {{args}}

# All tests
test *args:
    cargo test --workspace {{args}}

# Formatting and lints as CI sees them
lint:
    cargo fmt --all --check && cargo clippy --workspace --all-targets -- -D warnings

# Format everything
fmt:
    cargo fmt --all

# Everything CI does
ci:
    bash .ci/run

# Inputs made up by what they reach, each target for so many seconds
fuzz seconds="60" *targets:
    bash integration-tests/fuzz/run {{seconds}} {{targets}}

# Benchmarks
bench *args:
    cargo bench --workspace {{args}}

# The API documentation
doc:
    cargo doc --workspace --no-deps --open

# Refresh the committed query data after a change of SQL or schema
sqlx:
    cargo run --package causeway-testkit --bin sqlx-prepare

# Recompile the test contracts
contracts:
    cargo run --package causeway-testkit --bin compile-contracts

# Licences, duplicate crates and sources
deny:
    cargo deny check bans licenses sources

# What `kubectl apply -k` would send
k8s service="oracle-publisher":
    kubectl kustomize services/{{service}}

# The alert rules' unit tests
rules:
    promtool test rules deploy/observability/prometheus/tests/*.yml

# What an overlay would send: local, staging or production
overlay name="production":
    kubectl kustomize deploy/k8s/{{name}}

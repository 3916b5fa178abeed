# The console's image. Build from the root of the repository:
#   docker build -f deploy/docker/ops-console.Dockerfile -t causeway/ops-console:0.1.0 \
#     --build-arg REVISION="$(git rev-parse HEAD)" .
# glibc and not musl: the allocator is faster, and clock-fault tests preload a library.
ARG BUILD_IMAGE=rust:1.95-bookworm
ARG RUN_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
# The caches keep crates and objects between builds, so the binary is copied out of the cached folder.
# hadolint ignore=DL3059
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release --package ops-console --bin ops-console \
    && install -D -m 0555 target/release/ops-console /out/ops-console

FROM ${RUN_IMAGE}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ops-console" \
      org.opencontainers.image.description="The operators' pages over all services" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /out/ops-console /app/ops-console
USER 65532:65532
EXPOSE 8080 8000 50051
# No shell and no curl in here: the binary asks itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["/app/ops-console", "healthcheck"]
ENTRYPOINT ["/app/ops-console"]
CMD ["serve"]

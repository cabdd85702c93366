#!/usr/bin/env bash
# All the tests: the crates' own, then other people's clients against the built server (interop/).
#
#   ./test.sh                  what CI runs
#   WEIR_FULL=1 ./test.sh      the long form: 300 kills
#
# Installs what it needs by name, ends with one line of counts, and fails if anything failed.
set -euo pipefail
cd "$(dirname "$0")"

fail() { echo "test.sh: $*" >&2; exit 1; }
step() { printf '\n== %s\n' "$*"; }

step "tools"
scripts/install-tools.sh || fail "a tool is missing; see the line above."
step "clients"
scripts/build-clients.sh || fail "a client could not be built; see the line above."
step "server"
target=${CARGO_TARGET_DIR:-target}
cargo build --release --locked -p weir || fail "the server does not build."
cargo build --locked --manifest-path conformance/Cargo.toml || fail "the conformance suite does not build."

status=0
step "crates"
cargo test --workspace --locked --no-fail-fast 2>&1 | tee target/cargo-test.log || status=1
step "interop"
results=$PWD/target/interop-results.xml
rm -f "$results"
# Two at a time, by file: clients mostly wait. Each process has servers and ports of its own.
WEIR_BIN=$(realpath "$target")/release/weir target/interop-venv/bin/python -m pytest -c interop/pytest.ini \
    --rootdir=interop --numprocesses=2 --dist=loadfile --no-loadscope-reorder --junitxml="$results" interop || status=1

target/interop-venv/bin/python scripts/summary.py target/cargo-test.log "$results" || status=1
exit "$status"

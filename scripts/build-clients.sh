#!/usr/bin/env bash
# Other people's clients, in the versions interop/ pins: Python under target/, Node in interop/node, Java, Go, C and
# Rust under target/. Does nothing twice: what is there already is left alone and needs no network.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "build-clients: $*" >&2; exit 1; }

environment=target/interop-venv
mkdir -p target
[ -x "$environment/bin/pip" ] || python3 -m venv "$environment" ||
    fail "python3 could not make a virtual environment in $environment."
"$environment/bin/pip" install --quiet --disable-pip-version-check --requirement interop/requirements.txt ||
    fail "pip could not install interop/requirements.txt; its reason is above."
# The older line of kafka-python has the same module's name, so it stands beside.
older=target/interop-kafka-python-ng
[ -d "$older/kafka" ] || "$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$older" \
    kafka-python-ng==2.2.3 || fail "pip could not install kafka-python-ng; its reason is above."

node=interop/node
if [ ! -e "$node/node_modules/.package-lock.json" ] ||
    [ "$node/package-lock.json" -nt "$node/node_modules/.package-lock.json" ]; then
    npm ci --prefix "$node" --ignore-scripts --loglevel=error > /dev/null ||
        fail "npm could not install $node/package-lock.json; its reason is above."
fi

mvn --quiet --batch-mode --file interop/java/pom.xml package ||
    fail "Maven could not build interop/java; its reason is above."
for older in 2.8.2 3.9.2; do
    mvn --quiet --batch-mode --file interop/java/pom.xml -Dkafka.version="$older" \
        -Dbuilt="$PWD/target/interop-java-${older%%.*}" package ||
        fail "Maven could not build interop/java with kafka-clients $older; its reason is above."
done
mvn --quiet --batch-mode --file interop/java-sdk/pom.xml package ||
    fail "Maven could not build interop/java-sdk; its reason is above."
mvn --quiet --batch-mode --file interop/kafka-tools/pom.xml package ||
    fail "Maven could not fetch interop/kafka-tools; its reason is above."

(cd interop && ../target/interop-venv/bin/python -m harness.rust_suites) ||
    fail "librdkafka or a client in Rust could not be built; the reason is above."

# -mod=readonly: only what go.sum pins. The toolchain that is installed, and no other one from the network.
GOTOOLCHAIN=local go build -C interop/go -mod=readonly -buildvcs=false -o "$PWD/target/interop-go/weir-interop" . ||
    fail "Go could not build interop/go; its reason is above."
GOTOOLCHAIN=local go build -C interop/contract/go -mod=readonly -buildvcs=false -o "$PWD/target/interop-go/weir-contract" . ||
    fail "Go could not build interop/contract/go; its reason is above."

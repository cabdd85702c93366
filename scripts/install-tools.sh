#!/usr/bin/env bash
# Makes sure the tools the tests need are there; installs missing ones as Debian packages, by name.
set -euo pipefail

fail() { echo "install-tools: $*" >&2; exit 1; }

command -v cargo > /dev/null || fail "cargo is missing: install a Rust toolchain, 1.95 or later."
# Debian's own Go is older than what the Go clients need, so it is not installed from there.
go_release=$(GOTOOLCHAIN=local go env GOVERSION 2> /dev/null) || fail "go is missing: install Go 1.26 or later."
[ "$(printf '%s\n' go1.26 "$go_release" | sort -V | head -n 1)" = go1.26 ] ||
    fail "$go_release is too old: install Go 1.26 or later."

# Packages to install, by what is missing.
missing=()
command -v c++ > /dev/null && command -v make > /dev/null || missing+=(build-essential)
python3 -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)' 2> /dev/null || missing+=(python3 python3-venv)
command -v javac > /dev/null || missing+=(openjdk-17-jdk-headless)
command -v mvn > /dev/null || missing+=(maven)
command -v node > /dev/null || missing+=(nodejs)
command -v npm > /dev/null || missing+=(npm)
command -v pkg-config > /dev/null || missing+=(pkg-config)
command -v kcat > /dev/null || missing+=(kcat)
[ -x /usr/sbin/haproxy ] || command -v haproxy > /dev/null || missing+=(haproxy)
command -v jq > /dev/null || missing+=(jq)
# What librdkafka's own tests are built with; without one of these some of them would leave themselves out.
for header in openssl/ssl.h:libssl-dev zlib.h:zlib1g-dev zstd.h:libzstd-dev rapidjson/schema.h:rapidjson-dev; do
    c++ -E -include "${header%:*}" -x c++ /dev/null > /dev/null 2>&1 || missing+=("${header#*:}")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

command -v apt-get > /dev/null || fail "these are missing and there is no apt-get to install them: ${missing[*]}."
if [ "$(id -u)" -eq 0 ]; then
    as_root=()
elif sudo -n true 2> /dev/null; then
    as_root=(sudo -n)
else
    fail "these Debian packages are missing, and installing them needs root: ${missing[*]}."
fi
echo "install-tools: installing ${missing[*]}"
"${as_root[@]}" apt-get update -q > /dev/null || fail "apt-get update failed; its reason is above."
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" > /dev/null ||
    fail "apt-get could not install ${missing[*]}; its reason is above."

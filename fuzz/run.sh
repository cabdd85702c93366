#!/usr/bin/env bash
# Every target under libFuzzer, with the stable compiler and a C++ compiler: no crash, no hang of 20 s, no more than
# 512 MiB for the process; each target has a stricter budget of its own.
#
#   fuzz/run.sh                     ten minutes each
#   fuzz/run.sh 60 log records      a minute for these two
#
# What is found is kept in fuzz/artifacts/TARGET. Mend it, and put the file into crates/fuzz-targets/regressions/TARGET.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-600}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for file in targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

(cd .. && cargo run -q -p fuzz-targets --example seeds -- fuzz/corpus)
cargo build --release
status=0
for target in "${targets[@]}"; do
    mkdir -p "artifacts/$target"
    printf '\n== %s\n' "$target"
    "$(echo target/*/release/"$target")" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=512 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="artifacts/$target/" "corpus/$target" || status=1
done
exit "$status"

#!/usr/bin/env bash
# Fuzzes one target, on a stable toolchain, and keeps what it finds.
#
#   fuzz/run.sh                      lists the targets
#   fuzz/run.sh TARGET               until it is stopped, or finds something
#   fuzz/run.sh TARGET 60s           for so long
#   fuzz/run.sh TARGET 10000000      for so many executions
#   fuzz/run.sh TARGET FILE          one input again, such as a crash
#
# Options of libFuzzer may follow. Inputs that reach new code gather in fuzz/corpus/TARGET, crashes
# in fuzz/artifacts/TARGET. Needs a Rust toolchain and a C++ compiler.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if [[ $# == 0 ]]; then
    for target in targets/*.rs; do
        name=$(basename "$target" .rs)
        printf '%-14s %s\n' "$name" "$(sed -n '1s/^\/\/! //p' "$target")"
    done
    exit
fi
target=$1
what=${2:-}
shift $(($# < 2 ? $# : 2))

case $what in
"") limit=() ;;
*s) limit=("-max_total_time=${what%s}") ;;
*[!0-9]*) limit=("$(realpath --relative-to=. "$OLDPWD/$what")") ;;
*) limit=("-runs=$what") ;;
esac

# What `cargo fuzz --sanitizer none` sets, too: branches and comparisons tell the fuzzer of themselves.
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0"
cargo build --quiet --release --target "$host" --bin "$target"

corpus=(corpus/"$target" seeds/"$target")
if [[ ${limit[0]:-} == *[!0-9=]* && ${limit[0]} != -* ]]; then
    corpus=()
else
    [[ -d seeds/$target ]] || ./seeds.sh
fi
mkdir -p corpus/"$target" artifacts/"$target"
exec target/"$host"/release/"$target" -artifact_prefix=artifacts/"$target"/ -timeout=5 -rss_limit_mb=1024 \
    -len_control=0 -max_len=4096 "${limit[@]}" "$@" "${corpus[@]}"

#!/usr/bin/env bash
# Fuzzes one target, on a stable toolchain, and keeps what it finds.
#
#   fuzz/run.sh                      lists the targets
#   fuzz/run.sh TARGET               runs until stopped, or until it finds something
#   fuzz/run.sh TARGET 60s           runs for 60 seconds
#   fuzz/run.sh TARGET 10000000      runs 10,000,000 executions
#   fuzz/run.sh TARGET FILE          runs one input again, for instance a crash
#
# Options of libFuzzer may follow. Inputs that reach new code are kept in fuzz/corpus/TARGET, crashes in
# fuzz/artifacts/TARGET. Needs a Rust toolchain, a C++ compiler and, for the seeds, zstd.
set -euo pipefail
from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

if [[ $# == 0 ]]; then
    for file in targets/*.rs; do
        printf '%-12s %s\n' "$(basename "$file" .rs)" "$(sed -n '1s|^//! ||p' "$file")"
    done
    exit
fi
target=$1
what=${2:-}
shift $(($# < 2 ? $# : 2))

# The flags of `cargo fuzz --sanitizer none`: branches and comparisons report to the fuzzer.
flags=(-Cpasses=sancov-module)
for option in sanitizer-coverage-level=4 sanitizer-coverage-inline-8bit-counters \
    sanitizer-coverage-pc-table simplifycfg-branch-fold-threshold=0; do
    flags+=("-Cllvm-args=-$option")
done
case $target in
# This target compares sums of probabilities, which would take half the time and tell the fuzzer nothing.
compressed) export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 ;;
*) flags+=("-Cllvm-args=-sanitizer-coverage-trace-compares") ;;
esac
host=$(rustc -vV | sed -n 's/^host: //p')
# With --target, build scripts and macros are built without these flags.
RUSTFLAGS="${flags[*]}" cargo build --quiet --release --target "$host" --bin "$target"
fuzzer=target/$host/release/$target

mkdir -p corpus/"$target" artifacts/"$target"
case $target in
# Lists take more than a hundred words.
model) longest=24576 ;;
kenlm) longest=768 ;;
compressed) longest=64 ;;
ids) longest=128 ;;
counts) longest=512 ;;
*) longest=256 ;;
esac
# One second on a small input is a hang; the rest is slack for a busy machine.
options=(-artifact_prefix=artifacts/"$target"/ -timeout=5 -rss_limit_mb=1024 -max_len=$longest -len_control=0)
if [[ $what =~ ^[0-9]+s$ ]]; then
    options+=(-max_total_time="${what%s}")
elif [[ $what =~ ^[0-9]+$ ]]; then
    options+=(-runs="$what")
elif [[ -n $what ]]; then
    exec "$fuzzer" "${options[@]}" "$@" "$(realpath "$from/$what" 2>/dev/null || realpath "$what")"
fi
[[ -d seeds/$target ]] || ./seeds.sh
exec "$fuzzer" "${options[@]}" "$@" corpus/"$target" seeds/"$target"

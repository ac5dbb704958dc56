#!/usr/bin/env bash
# Fuzzes one target, on a stable toolchain, and keeps what it finds.
#
#   fuzz/run.sh                      lists the targets
#   fuzz/run.sh TARGET               until it is stopped, or finds something
#   fuzz/run.sh TARGET 60s           for so long
#   fuzz/run.sh TARGET 10000000      for so many executions
#   fuzz/run.sh TARGET FILE          one input again, such as a crash
#
# Options of libFuzzer may follow. Inputs that reach new code gather in fuzz/corpus/TARGET, crashes in
# fuzz/artifacts/TARGET. Needs a Rust toolchain, a C++ compiler and, for its seeds, zstd.
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

# What `cargo fuzz --sanitizer none` sets, too: branches and comparisons tell the fuzzer of themselves.
flags=(-Cpasses=sancov-module)
for option in sanitizer-coverage-level=4 sanitizer-coverage-inline-8bit-counters \
    sanitizer-coverage-pc-table simplifycfg-branch-fold-threshold=0; do
    flags+=("-Cllvm-args=-$option")
done
case $target in
# Compared are sums of probabilities, which are no use to know and would take half the time.
compressed) export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 ;;
*) flags+=("-Cllvm-args=-sanitizer-coverage-trace-compares") ;;
esac
host=$(rustc -vV | sed -n 's/^host: //p')
# With --target, build scripts and macros are built without these flags.
RUSTFLAGS="${flags[*]}" cargo build --quiet --release --target "$host" --bin "$target"
fuzzer=target/$host/release/$target

mkdir -p corpus/"$target" artifacts/"$target"
case $target in
model) longest=4096 ;;
kenlm) longest=768 ;;
compressed) longest=64 ;;
ids) longest=128 ;;
counts) longest=512 ;;
*) longest=256 ;;
esac
# A second for a small input is a hang, with room for a machine that has other things to do.
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

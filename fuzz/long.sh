#!/usr/bin/env bash
# Fuzzes all targets one after another, keeps the smallest set of inputs that reaches the same code, and prints a table.
#
#   fuzz/long.sh                            10,000,000 executions of every target: for once a week
#   fuzz/long.sh EXECUTIONS [TARGET …]      so many of these targets, or of all
#
# It goes on where the last run stopped, from fuzz/corpus. A target that finds something stops there, the others go on, and the
# script ends with exit code 1. The whole output of each is in fuzz/artifacts/TARGET.log.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
executions=${1:-10000000}
shift $(($# < 1 ? $# : 1))
if [[ $# == 0 ]]; then
    set -- $(for file in targets/*.rs; do basename "$file" .rs; done)
fi
mkdir -p artifacts
code=0
echo '| target | executions | seconds | coverage | inputs kept | found |'
echo '|---|---:|---:|---:|---:|---:|'
for target in "$@"; do
    log=artifacts/$target.log
    started=$SECONDS
    # At low priority, an input may wait for long.
    ./run.sh "$target" "$executions" -timeout=60 >"$log" 2>&1 || code=1
    # `#123 DONE cov: 45 ft: …` or, after a crash, the last such line; a run that was not even built has none.
    last=$(grep -E '^#[0-9]+' "$log" | tail -1 || true)
    done=$(sed -nE 's/^#([0-9]+).*/\1/p' <<<"$last")
    coverage=$(sed -nE 's/.* cov: ([0-9]+).*/\1/p' <<<"$last")
    rm -rf minimised
    mkdir minimised
    if [[ -n $last ]] && ./run.sh "$target" '' -merge=1 minimised >>"$log" 2>&1; then
        rm -rf corpus/"$target"
        mv minimised corpus/"$target"
    fi
    found=$(find artifacts/"$target" -type f 2>/dev/null | wc -l)
    printf '| `%s` | %s | %d | %s | %d | %d |\n' "$target" "${done:-not run}" $((SECONDS - started)) \
        "${coverage:-–}" "$(find corpus/"$target" -type f 2>/dev/null | wc -l)" "$found"
done
rm -rf minimised
exit $code

# Sourced by the other scripts: where our program and KenLM's are, built if need be.
#
# $ngram, $lmplz, $build_binary, $query   the programs
# $work                                   a directory of the run's own, removed at its end
#
# NGRAM=PATH in the environment takes a program that is built already, and KENLM=DIRECTORY
# programs of KenLM that are. WORK=DIRECTORY says where large temporary files may stand.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

kenlm=${KENLM:-$("$here/kenlm.sh")}
lmplz=$kenlm/lmplz
build_binary=$kenlm/build_binary
query=$kenlm/query

if [[ -n ${NGRAM:-} ]]; then
    ngram=$NGRAM
else
    cargo build --quiet --release --manifest-path "$root/Cargo.toml" --bin ngram
    ngram=${CARGO_TARGET_DIR:-$root/target}/release/ngram
fi

mkdir -p "${WORK:-$root/target/peers}"
work=$(mktemp -d "${WORK:-$root/target/peers}/run.XXXXXX")
trap 'rm -rf "$work"' EXIT

for program in "$ngram" "$lmplz" "$build_binary" "$query"; do
    [[ -x $program ]] || {
        echo "${0##*/}: $program is not a program" >&2
        exit 2
    }
done

# Sourced by the other scripts: finds our program and KenLM's, or builds them.
#
# $ngram, $lmplz, $build_binary, $query   the programs
# $work                                   a directory for this run, removed at its end
#
# Environment: NGRAM=PATH is our program, already built, and KENLM=DIRECTORY has KenLM's programs,
# already built. WORK=DIRECTORY is the place for large temporary files.

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

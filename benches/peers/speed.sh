#!/usr/bin/env bash
# Text to model and model to perplexity, KenLM's programs and ours in turn on the same machine.
#
#   benches/peers/speed.sh [--order N] [--runs N] [--faster-than RATIO] [--bytes-per-token B]
#                          CORPUS [HELD_OUT]
#
# CORPUS is read as whitespace tokens, one sentence a line. `lmplz` alone ends with an ARPA file;
# with `build_binary` it ends with what `query` can load at once, as ours does. With HELD_OUT, the
# second table has the time from that text to its perplexity.
#
# Fails unless `lmplz` alone takes RATIO times our wall time (default 1), or if ours needs more than
# B bytes of memory a token (default: no bound). programs.sh tells of the environment.
set -euo pipefail

usage() {
    sed -n '4,5s/^# *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

order=5
runs=3
ratio=1
bytes=
texts=()
while (($#)); do
    case $1 in
        --order | --runs | --faster-than | --bytes-per-token)
            (($# > 1)) || usage
            case $1 in
                --order) order=$2 ;;
                --runs) runs=$2 ;;
                --faster-than) ratio=$2 ;;
                --bytes-per-token) bytes=$2 ;;
            esac
            shift 2
            ;;
        -*) usage ;;
        *) texts+=("$1") && shift ;;
    esac
done
((${#texts[@]} == 1 || ${#texts[@]} == 2)) || usage
for text in "${texts[@]}"; do
    [[ -r $text ]] || {
        echo "speed.sh: cannot read $text" >&2
        exit 2
    }
done

source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"

corpus=$(printf %q "$(realpath "${texts[0]}")")
# Reads the text once, so that no program finds it colder than another.
tokens=$(LC_ALL=C wc -w < "${texts[0]}")
bound=()
if [[ -n $bytes ]]; then
    bound=(--peak-at-most "$((tokens * bytes / 1000000))")
fi
failed=0

cd "$work"
count="$lmplz -o $order -S 4G -T $work/ --text $corpus"
echo "## order $order model of $tokens tokens; best of $runs"
python3 "$here/measure.py" --runs "$runs" --faster-than "$ratio" "${bound[@]}" \
    "lmplz=kenlm.arpa=$count --arpa kenlm.arpa" \
    "lmplz | build_binary probing=kenlm.probing=$count | $build_binary probing /dev/stdin kenlm.probing" \
    "ngram train=ours.ngram=$ngram train --quiet --tokenizer whitespace --order $order -o ours.ngram $corpus" ||
    failed=$?

if ((${#texts[@]} == 2 && failed < 2)); then
    held=$(printf %q "$(realpath "${texts[1]}")")
    echo
    echo "## perplexity of $(LC_ALL=C wc -w < "${texts[1]}") held-out tokens; best of $runs"
    python3 "$here/measure.py" --runs "$runs" \
        "query==$query -v summary kenlm.probing < $held" \
        "ngram eval==$ngram eval $held -m ours.ngram --format kenlm" ||
        failed=$?
fi
exit "$failed"

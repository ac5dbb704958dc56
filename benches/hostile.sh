#!/usr/bin/env bash
# Texts made to break the bound on memory: the peak of each run, and how it ended.
#
#   benches/hostile.sh [WORDS [LIMIT]]
#
# WORDS, 20 million unless given, is the size of the texts of many words. With LIMIT, such as 500M, runs with --memory are
# in a control group that may use no more, as in a container; that takes root and the memory controller. The program is target/release/ngram, or the
# one that $NGRAM names. Needs Python and, for 2.4 GB of texts, room in $TMPDIR. Takes some minutes. SECURITY.md shows
# the table.
set -euo pipefail
words=${1:-20000000}
limit=${2:-}
ngram=$(realpath "${NGRAM:-$(dirname "${BASH_SOURCE[0]}")/../target/release/ngram}")
folder=$(mktemp -d)
group=
if [[ -n $limit ]]; then
    # Version 1 of control groups, or version 2.
    root=/sys/fs/cgroup/memory file=memory.limit_in_bytes
    [[ -d $root ]] || root=/sys/fs/cgroup file=memory.max
    group=$root/ngram-hostile-$$
    mkdir "$group"
    echo "$limit" >"$group/$file"
fi
trap 'rm -rf "$folder"; [[ -z $group ]] || rmdir "$group"' EXIT
cd "$folder"

make() {
    python3 - "$1" "$words" <<'PYTHON'
import gzip, sys
kind, words = sys.argv[1], int(sys.argv[2])
MIB = 1 << 20
def out(name):
    return open(name, "wb")
if kind == "word":
    out("text").write(b"a" * 10**8 + b"\n")
elif kind == "line":
    with out("text") as file:
        for _ in range(words // 10):
            file.write(b"the cat sat on the mat and a dog ran ")
        file.write(b"\n")
elif kind == "distinct":
    with out("text") as file:
        for number in range(0, words, 10):
            file.write(b" ".join(b"w%d" % (number + more) for more in range(10)) + b"\n")
elif kind == "history":
    with out("text") as file:
        for number in range(0, words // 2, 10):
            file.writelines(b"the w%d\n" % (number + more) for more in range(10))
elif kind == "record":
    with out("text.jsonl") as file:
        file.write(b'{"text":"the cat"}\n{"text":"')
        for _ in range(1200):
            file.write(b"word words " * (MIB // 11))
        file.write(b'"}\n')
elif kind == "long":
    with gzip.open("text.gz", "wb", 1) as file:
        for _ in range(1200):
            file.write(b"word words " * (MIB // 11))
elif kind == "small":
    out("small").write(b"the cat sat\na word of words\nthe dog sat\n")
PYTHON
}

# Runs the program and prints a row: what was read, the arguments, the peak, the exit code, the message.
row() {
    local what=$1 code=0 peak said
    shift
    (
        if [[ -n $group && " $* " == *' --memory '* ]]; then
            echo "$BASHPID" >"$group/cgroup.procs" || exit 99
        fi
        exec /usr/bin/time -f '%M' -o peak "$ngram" "$@"
    ) >/dev/null 2>said || code=$?
    peak=$(tail -1 peak)
    said=$(grep -v '^warning' said | tail -1 | cut -c 1-110 || true)
    printf '| %s | `%s` | %d | %d | %s |\n' "$what" "${*:1:6}" $((peak / 1024)) "$code" "${said#ngram: }"
}

make small
"$ngram" train small -q -o m -n 2 --smoothing witten-bell
echo '| text | command | peak, MiB | exit code | message |'
echo '|---|---|---:|---:|---|'
for kind in word line distinct history; do
    make $kind
    case $kind in
    word) what='one word of 10^8 bytes' ;;
    line) what="one line of $words words" ;;
    distinct) what="$words words, all different" ;;
    history) what="one history with $((words / 2)) successors" ;;
    esac
    row "$what" train text --memory 500M -q -o out
    row "$what" count text --memory 500M -q -o out
    rm -f text out
done
make record
row 'a JSON record of 1.2 GB' train text.jsonl --memory 200M -q -o out
row 'a JSON record of 1.2 GB' count text.jsonl --memory 200M -q -o out
row 'a JSON record of 1.2 GB' train text.jsonl -q -o out
row 'a JSON record of 1.2 GB' eval text.jsonl -q -m m
rm text.jsonl
make long
row 'a line of 1.2 GB' train text.gz --memory 200M -q -o out
row 'a line of 1.2 GB, weighted' train text.gz:0.999 --memory 200M -q -o out
row 'a line of 1.2 GB' eval text.gz -q -m m
row 'a line of 1.2 GB' score text.gz -q -m m -o out

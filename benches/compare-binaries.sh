#!/usr/bin/env bash
# Whether two builds of the program write the same bytes: models in every layout, exports, reports and JSON.
#
#   benches/compare-binaries.sh OLD NEW TEXT HELD_OUT
set -euo pipefail
[[ $# == 4 ]] || { sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 2; }
old=$(realpath "$1") new=$(realpath "$2") text=$(realpath "$3") held=$(realpath "$4")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for which in old new; do
    mkdir "$folder/$which"
    cd "$folder/$which"
    run() { "${!which}" "$@" 2>/dev/null; }
    run train "$text" -o default.ngram -q
    for layout in table fast compact; do run train "$text" --order 3 --layout $layout -o $layout.ngram -q; done
    for method in witten-bell kneser-ney absolute katz; do
        run train "$text" --order 3 --smoothing $method --tokenizer whitespace --closed -o $method.ngram -q
    done
    run prune default.ngram --threshold 1e-7 -o pruned.ngram > prune.txt || true
    run export kneser-ney.ngram -o kneser-ney.arpa > export.txt || true
    run count "$text" --order 3 -o counts > count.txt || true
    run eval "$held" -m default.ngram > eval.txt
    run eval "$held" -m default.ngram --json | sed -E 's/"(seconds|tokens_per_second)": *[0-9.e+-]+//g' > eval.json
    run eval "$held" -m kneser-ney.ngram --adaptive > adaptive.txt || true
    run compare "$held" -m default.ngram kneser-ney.ngram > compare.txt || true
    run score "$held" -m default.ngram > score.txt || true
    run info default.ngram > info.txt
    run next -m default.ngram the > next.txt || true
    run generate -m default.ngram --seed 1 > generate.txt || true
    run entropy "$held" --json > entropy.json || true
    run explain -m default.ngram "the cat sat" > explain.txt || true
    run eval "$held" -m default.ngram --html eval.html > /dev/null || true
    sed -i -E '/tokens a second|scored in|of memory at most/d' ./*.txt
done
cd "$folder"
same=0 different=0
for file in old/*; do
    name=${file#old/}
    if cmp -s "old/$name" "new/$name"; then same=$((same + 1)); else
        different=$((different + 1)); echo "different: $name"; diff "old/$name" "new/$name" | head -5 || true
    fi
done
echo "$same files the same, $different different"
[[ $different == 0 ]]

#!/usr/bin/env bash
# Makes the inputs that fuzzing starts from: files that the program itself writes for a small text.
#
#   fuzz/seeds.sh
#
# The program is the one that $NGRAM names, or is built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
[[ -n ${NGRAM:-} ]] || cargo build --quiet --manifest-path ../Cargo.toml --bin ngram
ngram=$(realpath "${NGRAM:-../target/debug/ngram}")
rm -rf seeds
mkdir -p seeds/{tokenizers,arpa,counts,count_text,classes,compressed,ids,json_lines,kenlm,model,streams,vocab}
text=$(mktemp)
trap 'rm -f "$text" "$text.many"' EXIT
printf 'the cat sat\nthe cat ran on\n\na b a b a\nthe dog sat\n' >"$text"

# By hand: a byte that chooses the tokenizer, then a text.
for kind in 0 1 2 3 4 128 129 130; do
    printf "\\$(printf %o $kind)%s" $'Dr. O\'Neil paid $3,000.50 -- "It\'s NASA\'s,"\tsaid <s> caf\u00e9 \u0130stanbul\n <U+0020> a_b  x' \
        >seeds/tokenizers/$kind
    printf "\\$(printf %o $((kind % 3 + kind / 128 * 64)))%s" $'The cat sat.\r\nthe  dog \xff\n' >seeds/compressed/text$kind
    printf "\\$(printf %o $((128 + kind % 3 + kind / 128 * 64)))%s" $'\x20\x01code' >seeds/compressed/code$kind
done

train() {
    "$ngram" train "$text" --quiet "$@"
}
for layout in suffix compact; do
    for order in 1 2 3; do
        train --tokenizer whitespace --order $order --closed --layout $layout -o seeds/model/$layout$order
    done
done
train --tokenizer whitespace --order 3 --closed --layout compact --quantize 2 -o seeds/model/quantized3
train --tokenizer words --order 2 -o seeds/model/open
# A word that so many follow that the suffix layout lists them, and what follows two words.
for word in {a..m}{a..k}; do printf 'x %s\ny x %s\n' "$word" "$word"; done >"$text.many"
for order in 2 3; do
    "$ngram" train "$text.many" --quiet --tokenizer whitespace --order $order --closed -o seeds/model/lists$order
done

"$ngram" classes "$text" --quiet --tokenizer whitespace --classes 3 -o seeds/classes/trained
printf 'X 1e-1 a\r\n\nY b\n X\t.5  c \nX inf\n' >seeds/classes/srilm
for layout in suffix compact; do
    train --tokenizer whitespace --order 3 --closed --classes seeds/classes/trained --layout $layout -o seeds/model/class_$layout
    train --tokenizer whitespace --order 3 --closed --skip 1 --layout $layout -o seeds/model/skip_$layout
done

for order in 1 2 3; do
    "$ngram" export seeds/model/suffix$order seeds/arpa/$order --quiet
    "$ngram" count "$text" --quiet --tokenizer whitespace --order $order -o seeds/counts/$order.counts
    "$ngram" count "$text" --quiet --tokenizer whitespace --order $order -o seeds/count_text/$order
done
"$ngram" count "$text" --quiet --tokenizer words --order 4 -o seeds/counts/surface.counts
printf '\\data\\\nngram 1=5\nngram 2=1\nngram 3=1\n\n\\1-grams:\n-2\t<unk>\n-99\t<s>\t-0.5\n-0.3\t</s>\n-1\ta\t-0.1\n-1\tb\t0\n\n\\2-grams:\n-0.1\t<s> a\t-1\n\n\\3-grams:\n-0.2 a b a\n\\end\\\n' \
    >seeds/arpa/holes

for order in 2 3; do
    for structure in trie probing; do
        "$ngram" export seeds/model/suffix$order seeds/kenlm/$structure$order --format kenlm-$structure --quiet
    done
done
cp ../crates/formats/tests/formats/kenlm_files/tiny.*trie seeds/kenlm

# By hand: a byte that chooses the field and what to do with records, then records.
records='{"id":1,"text":"the cat\\nsat","a":{"b":{"c":"\\u00e9"}}}\n\n{"a":{"b":"x"},"a.b":"y","text":null}\r\n{"text":"a\\ud800","text":"b"} x\n[1,-2.5e3,true]\n'
for choice in 0 1 2 3 12 20 40; do
    printf "\\$(printf %o $choice)$records" >seeds/json_lines/$choice
done
printf "$records" | gzip -9 | { printf '\0'; cat; } >seeds/json_lines/gzip
printf "$records" | zstd -19 -q | { printf '\1'; cat; } >seeds/json_lines/zstd

# By hand: the width and what to do with documents, the id that ends a document, then ids.
printf '\0\7\1\0\377\377\7\0\7\0\0\0\7\0\14\0' >seeds/ids/narrow
printf '\17\7\1\0\0\0\0\377\377\1\7\0\0\0\2\0\0\0' >seeds/ids/wide

printf 'the\ncat\r\n\xef\xbb\xbfa\n<s>\n b \n' >seeds/vocab/words
gzip -9c "$text" >seeds/streams/gzip
cat seeds/streams/gzip seeds/streams/gzip >seeds/streams/twice
zstd -19 -qc "$text" >seeds/streams/zstd
cp "$text" seeds/streams/plain

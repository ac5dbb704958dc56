#!/usr/bin/env bash
# Compares our models of the Brown corpus with KenLM's: every n-gram, and held-out perplexity.
#
#   benches/peers/brown.sh
#
# For orders 3 and 5: trains both on the first 51,606 lines, with whitespace tokens; compares the ARPA
# files; and scores the other 5,734 lines in four ways, each program with each model. Fails if a
# base-10 logarithm differs by more than 1e-5, or a perplexity by more than 1e-4 of itself.
#
# Environment: BROWN=FILE replaces the fetched corpus with a text of one sentence per line,
# HELD_OUT=LINES sets the number of held-out lines; see also programs.sh.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"

held_out=${HELD_OUT:-5734}
brown=${BROWN:-$("$ngram" corpus fetch brown | tail -n 1)}
head -n "-$held_out" "$brown" > "$work/train.txt"
tail -n "$held_out" "$brown" > "$work/held.txt"
failed=0

# Joins the last four lines of KenLM's query: including, excluding, OOVs, tokens.
figures() {
    awk -F '\t' '
        /^Perplexity including OOVs:/ { including = $2 }
        /^Perplexity excluding OOVs:/ { excluding = $2 }
        /^OOVs:/ { oovs = $2 }
        /^Tokens:/ { tokens = $2 }
        function or_dash(value) { return value == "" ? "-" : value }
        END { print or_dash(including), or_dash(excluding), or_dash(oovs), or_dash(tokens) }'
}

for order in 3 5; do
    "$lmplz" -o "$order" -S 1G -T "$work" < "$work/train.txt" > "$work/kenlm.$order.arpa" \
        2> "$work/log" || {
        cat "$work/log" >&2
        exit 2
    }
    "$ngram" train --quiet --tokenizer whitespace --order "$order" -o "$work/$order.ngram" \
        "$work/train.txt"
    "$ngram" export "$work/$order.ngram" "$work/ours.$order.arpa"

    echo "## order $order: KenLM's model against ours"
    python3 "$here/compare.py" "$work/kenlm.$order.arpa" "$work/ours.$order.arpa" || failed=1
    echo

    {
        echo "query    KenLM's $order $("$query" -v summary "$work/kenlm.$order.arpa" \
            < "$work/held.txt" 2> "$work/log" | figures)"
        echo "query    ours    $order $("$query" -v summary "$work/ours.$order.arpa" \
            < "$work/held.txt" 2> "$work/log" | figures)"
        echo "ngram    ours    $order $("$ngram" eval "$work/held.txt" -m "$work/$order.ngram" \
            --format kenlm | figures)"
        "$ngram" import "$work/kenlm.$order.arpa" -o "$work/imported.ngram" > "$work/log"
        echo "ngram    KenLM's $order $("$ngram" eval "$work/held.txt" -m "$work/imported.ngram" \
            --format kenlm | figures)"
    } >> "$work/figures"
    # Large, and no longer needed.
    rm "$work"/*.arpa "$work"/*.ngram
done

echo "## perplexity of $held_out held-out lines; the first line of each order is the reference"
awk '
    # 9 stands for a missing figure.
    function relative(value, reference) {
        return value > 0 && reference > 0 ? value / reference - 1 : 9
    }
    function beyond(difference) {
        return difference > 1e-4 || difference < -1e-4
    }
    BEGIN {
        row = "%-8s %-8s %5s  %-20s %9s  %-20s %9s  %6s %8s%s\n"
        printf row, "program", "model", "order", "including OOVs", "relative", "excluding OOVs",
            "relative", "OOVs", "tokens", ""
    }
    {
        if ($3 != order) {
            order = $3; including = $4; excluding = $5; oovs = $6; tokens = $7
        }
        a = relative($4, including)
        b = relative($5, excluding)
        wrong = beyond(a) || beyond(b) || $6 != oovs || $7 != tokens
        failed += wrong
        printf row, $1, $2, $3, $4, sprintf("%+.1e", a), $5, sprintf("%+.1e", b),
            $6, $7, wrong ? "  DIFFERENT" : ""
    }
    END { exit failed > 0 }' "$work/figures" || failed=1

exit "$failed"

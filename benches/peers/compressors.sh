#!/usr/bin/env bash
# Compresses a text by programs that everybody has, alone and primed with another text: bits a character, to set beside
# `ngram eval --adaptive` and `--adaptive=best`.
#
#   benches/peers/compressors.sh TEXT [TRAINING]
#
# Needs xz, zstd, 7z (for PPMd) and zpaq: Debian's packages xz-utils, zstd, p7zip-full and zpaq. Primed means that the program
# knows TRAINING: zstd takes it as a patch's origin; for PPMd and zpaq it is the length of both together less that of TRAINING.
# PRIMED=BYTES takes the last so many bytes of TRAINING for those two (default 64 MiB, which they remember).
set -euo pipefail
text=$1
training=${2:-}
primed=${PRIMED:-$((64 << 20))}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for program in xz zstd 7z zpaq; do
    command -v "$program" >/dev/null || { echo "$program is missing" >&2; exit 2; }
done
characters=$(wc -m < "$text")

xz_() { xz -9e --keep --stdout "$1" | wc -c; }
zstd_() { zstd -q --ultra -22 --long=31 --stdout "$1" | wc -c; }
ppmd_() { rm -f "$work/x.7z"; 7z a -bso0 -bsp0 -m0=PPMd:o=16:mem=1g "$work/x.7z" "$1"; stat -c %s "$work/x.7z"; }
zpaq_() { rm -f "$work/x.zpaq"; zpaq a "$work/x.zpaq" "$1" -m5 -t1 >/dev/null 2>&1; stat -c %s "$work/x.zpaq"; }
row() { awk -v name="$1" -v bytes="$2" -v characters="$characters" 'BEGIN { printf "%-28s %12d bytes  %.4f bits a character\n", name, bytes, 8 * bytes / characters }'; }

row "xz -9e" "$(xz_ "$text")"
row "zstd -22 --long" "$(zstd_ "$text")"
row "PPMd (7z, order 16)" "$(ppmd_ "$text")"
row "zpaq -m5" "$(zpaq_ "$text")"
if [[ -n $training ]]; then
    row "zstd -22, primed" "$(zstd -q --ultra -22 --long=31 --patch-from="$training" --stdout "$text" | wc -c)"
    # From the beginning of a line.
    tail -c "$primed" "$training" | tail -n +2 > "$work/training"
    cat "$work/training" "$text" > "$work/both"
    row "PPMd, primed" $(($(ppmd_ "$work/both") - $(ppmd_ "$work/training")))
    row "zpaq -m5, primed" $(($(zpaq_ "$work/both") - $(zpaq_ "$work/training")))
fi

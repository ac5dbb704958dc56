#!/usr/bin/env bash
# Text to model and model to perplexity, KenLM's programs and ours in turn on the same machine.
#
#   benches/peers/speed.sh [OPTION…] CORPUS HELD_OUT
#
# Builds the programs and hands over to speed.py, which says what is measured (`--help`).
# programs.sh tells of the environment.
set -euo pipefail

# Before anything is built: whether the options are right, and help. -B leaves no compiled module.
speed=$(dirname "${BASH_SOURCE[0]}")/speed.py
python3 -B "$speed" --check "$@"
for argument in "$@"; do
    case $argument in -h | --help) exit ;; esac
done

source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"

python3 -B "$speed" --ngram "$ngram" --kenlm "$kenlm" --work "$work" "$@"

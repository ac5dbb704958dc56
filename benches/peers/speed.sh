#!/usr/bin/env bash
# Compares training and scoring, KenLM's programs and ours in turn on the same machine.
#
#   benches/peers/speed.sh [OPTION…] CORPUS HELD_OUT
#
# Builds the programs and runs speed.py, which documents what is measured (`--help`).
# programs.sh documents the environment.
set -euo pipefail

# Checks the options and shows help before anything is built. -B leaves no compiled module.
speed=$(dirname "${BASH_SOURCE[0]}")/speed.py
python3 -B "$speed" --check "$@"
for argument in "$@"; do
    case $argument in -h | --help) exit ;; esac
done

source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"

python3 -B "$speed" --ngram "$ngram" --kenlm "$kenlm" --work "$work" "$@"

#!/usr/bin/env bash
# Lets every call to the system fail once, in every verb that writes: how many calls, how the runs ended, and what was wrong.
#
#   benches/faults.sh
#
# The tests in tests/cli/faults.rs, of which `cargo test` runs a sample, with all calls: some 12,000 runs in a few minutes.
# Needs Linux, glibc and a C compiler. SECURITY.md shows the table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
NGRAM_FAULTS=$rows cargo test --locked --test cli faults:: || code=$?
# One row for each verb and kind, as | verb | kind | calls | failed | went on | violations |.
awk -F'|' '
    { calls[$3] += $5; well[$3] += $6; wrong[$3] += $7; verbs[$2] }
    END {
        print "| fault | calls that failed | ended with an error | went on, with the right output | violations |"
        print "|---|---:|---:|---:|---:|"
        for (kind in calls)
            printf "|%s| %d | %d | %d | %d |\n", kind, calls[kind], calls[kind] - well[kind], well[kind], wrong[kind]
        printf "\n%d verbs\n", length(verbs)
    }' "$rows"
exit "${code:-0}"

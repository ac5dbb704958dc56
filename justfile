# Short verbs for plain cargo commands: `just`, then a verb. https://just.systems

# lists the verbs
default:
    @just --list

# builds the program: target/release/ngram
build:
    cargo build --release --locked

# runs all tests; `just test prune` runs those whose name contains "prune"
test *filter:
    cargo test --locked {{filter}}

# checks the format and runs clippy on everything
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# builds the documentation of every crate; broken links are errors
doc *options:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked {{options}}

# times the stages of training and scoring, briefly
bench:
    cargo bench --bench stages -- --quick

# fuzzes every target for a short time each
fuzz-smoke time="20s":
    set -e; for file in fuzz/targets/*.rs; do fuzz/run.sh "$(basename "$file" .rs)" {{time}}; done

# runs everything a change must pass
ci:
    .ci/run

# packages and verifies the crates, as for a release
package:
    cargo package --workspace --locked

# mutates the code of one crate and reports mutants that no test kills; needs cargo-mutants
mutants crate:
    cargo mutants --package {{crate}}

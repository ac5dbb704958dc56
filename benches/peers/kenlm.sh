#!/usr/bin/env bash
# Builds KenLM's lmplz, build_binary and query from the source package on PyPI, once.
#
#   benches/peers/kenlm.sh [DIRECTORY]
#
# Prints the directory that holds the programs; all else goes to standard error. DIRECTORY keeps
# sources, build and programs (default: target/peers/kenlm of this repository).
#
# Needs g++, cmake, pip and, by their names in Debian:
#   libboost-program-options-dev libboost-system-dev libboost-thread-dev libboost-test-dev
#   zlib1g-dev libbz2-dev liblzma-dev
# If cmake is missing, pip's is used.
set -euo pipefail

version=0.3.0
sha256=c4628bb9fb63c8a6f9240035b8b037385cfc404cb72e933cf48878291edac1e8
programs=(lmplz build_binary query)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
directory=${1:-$root/target/peers/kenlm}
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
bin=$directory/bin

complain() {
    echo "kenlm.sh: $*" >&2
    exit 1
}

complete() {
    local program
    for program in "${programs[@]}"; do
        [[ -x $bin/$program ]] || return 1
    done
}

fetch() {
    local package=$directory/kenlm-$version.tar.gz
    if [[ ! -f $package ]]; then
        echo "fetching kenlm $version" >&2
        # Only kenlm itself from source: its build tools may come as wheels.
        pip download --quiet --no-deps --no-binary kenlm --dest "$directory" "kenlm==$version" >&2 ||
            complain "pip could not download kenlm $version; is there a network, and pip?"
    fi
    echo "$sha256  $package" | sha256sum --check --quiet >&2 ||
        complain "$package is not the package this script was written for; delete it and run again"
    rm -rf "$directory/source"
    mkdir "$directory/source"
    tar --extract --gzip --file "$package" --directory "$directory/source" --strip-components 1
}

find_cmake() {
    if command -v cmake; then
        return
    fi
    local tools=$directory/tools
    [[ -x $tools/bin/cmake ]] ||
        pip install --quiet --target "$tools" cmake >&2 ||
        complain "there is no cmake, and pip could not install one"
    echo "$tools/bin/cmake"
}

build() {
    local cmake
    cmake=$(find_cmake)
    # Where pip's cmake finds its own files; other versions ignore it.
    export PYTHONPATH=$directory/tools
    # The policy option is needed because the newest cmake releases no longer include FindBoost.
    "$cmake" -S "$directory/source" -B "$directory/build" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_CXX_FLAGS_RELEASE="-O3 -march=native -DNDEBUG" -DENABLE_INTERPOLATE=OFF \
        -DCMAKE_POLICY_DEFAULT_CMP0167=OLD >&2 ||
        complain "cmake failed; are the packages that this script names installed?"
    "$cmake" --build "$directory/build" --parallel --target "${programs[@]}" >&2 ||
        complain "KenLM did not compile"
    mkdir -p "$bin"
    local program
    for program in "${programs[@]}"; do
        install "$directory/build/bin/$program" "$bin/$program"
    done
}

if ! complete; then
    fetch
    build
fi
echo "$bin"

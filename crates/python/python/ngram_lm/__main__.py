"""The program `ngram`: `python -m ngram_lm train text.txt`."""

import sys

from ._native import main as _main


def main() -> None:
    """Runs the program with the arguments of this process, and exits."""
    sys.exit(_main(["ngram", *sys.argv[1:]]))


if __name__ == "__main__":
    main()

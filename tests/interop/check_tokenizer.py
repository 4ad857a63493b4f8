# SPDX-License-Identifier: Apache-2.0
"""Encodes a text with Hugging Face `tokenizers`, the judge of Raddle's byte-level BPE.

    python3 check_tokenizer.py TOKENIZER_JSON TEXT_FILE              # prints the ids, one a line
    python3 check_tokenizer.py TOKENIZER_JSON TEXT_FILE --ids FILE   # compares with ids in FILE

With --ids the exit code is 1 if an id differs, and the first difference is shown with the text
around it. Needs the `tokenizers` wheel.
"""
import argparse
import sys

from tokenizers import Tokenizer


def first_difference(ours, theirs):
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            return i
    return None if len(ours) == len(theirs) else min(len(ours), len(theirs))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tokenizer")
    parser.add_argument("text")
    parser.add_argument("--ids", help="a file of ids, one a line, to compare with")
    arguments = parser.parse_args()
    tokenizer = Tokenizer.from_file(arguments.tokenizer)
    # Line ends must stay as they are in the file.
    with open(arguments.text, encoding="utf-8", newline="") as file:
        text = file.read()
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    if arguments.ids is None:
        print("\n".join(map(str, ids)))
        return 0
    with open(arguments.ids, encoding="ascii") as file:
        ours = [int(line) for line in file]
    at = first_difference(ours, ids)
    if at is None:
        print(f"{len(ids)} ids agree")
        return 0
    context = slice(max(0, at - 5), at + 5)
    print(f"ids differ at {at}: file {ours[context]}, tokenizers {ids[context]} "
          f"({tokenizer.decode(ids[context])!r})", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

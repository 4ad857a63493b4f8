# SPDX-License-Identifier: Apache-2.0
"""Runs the tests beside it: all, or those whose names hold a word of the command line."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)


def chosen(suite, words):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from chosen(test, words)
        elif not words or any(word in test.id() for word in words):
            yield test


def main():
    found = unittest.defaultTestLoader.discover(HERE, "test_*.py")
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2 if sys.argv[1:] else 1)
    result = runner.run(unittest.TestSuite(chosen(found, sys.argv[1:])))
    bad = len(result.failures) + len(result.errors)
    for test, reason in result.skipped:
        print(f"skipped {test.id()}: {reason}")
    print(f"python: {result.testsRun - bad - len(result.skipped)} passed, {bad} failed")
    return 1 if bad or result.testsRun == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

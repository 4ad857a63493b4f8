// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * What a token file was made of.
 *
 * @param documents documents
 * @param tokens tokens
 * @param bytes of the files
 * @param replaced halves of surrogate pairs in JSON strings, now U+FFFD
 */
public record TokenizeResult(long documents, long tokens, long bytes, long replaced) {
}

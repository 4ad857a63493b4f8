// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * How a generation went.
 *
 * @param tokenCount generated
 * @param promptMs until the first token
 * @param tokensPerSecond after the first
 * @param ended true: by an end-of-text token
 */
public record GenerateResult(
        long tokenCount, double promptMs, double tokensPerSecond, boolean ended) {
}

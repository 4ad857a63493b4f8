// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * What an evaluation found.
 *
 * @param step steps done when it ran
 * @param loss next-token, in nats, mean over tokens
 * @param perplexity exp(loss)
 * @param bitsPerByte of the text that the tokens stand for; 0 if that is not known
 * @param tokens tokens
 * @param bytes of text; 0 if that is not known
 * @param seconds seconds
 */
public record Evaluation(
        long step, double loss, double perplexity, double bitsPerByte, long tokens, long bytes,
        double seconds) {
}

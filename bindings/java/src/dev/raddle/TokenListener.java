// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

/** Receives tokens as they are generated. What it throws comes out of the generation. */
@FunctionalInterface
public interface TokenListener {
    /**
     * Receives one.
     *
     * @param token the token
     * @param text what it adds to the text: whole characters, and so maybe none
     */
    void onToken(int token, String text);
}

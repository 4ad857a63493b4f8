// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.util.Arrays;

/** Turns text into tokens and back. Any number of threads may use one at the same time. */
public final class Tokenizer extends TokenizerCalls {
    Tokenizer(long pointer, Context context) {
        super(pointer, Native::tokenizerDestroy, context);
    }

    /** That of a session. */
    Tokenizer(long pointer, Session session) { super(pointer, session); }

    /**
     * Text to tokens, with nothing added at either end.
     *
     * @param text any text
     */
    public int[] encode(String text) { return encoded(text, Native::tokenizerEncode); }

    /**
     * Text to tokens as a prompt, which begins as every document in training did.
     *
     * @param text any text
     */
    public int[] encodePrompt(String text) { return encoded(text, Native::tokenizerEncodePrompt); }

    /**
     * Tokens to text; what is no UTF-8 becomes U+FFFD.
     *
     * @param tokens of this vocabulary
     */
    public String decode(int... tokens) { return Text.string(decodeBytes(tokens)); }

    /**
     * Tokens to the bytes that they stand for.
     *
     * @param tokens of this vocabulary
     */
    public byte[] decodeBytes(int... tokens) {
        return Work.run(() -> Native.tokenizerDecode(pointer, tokens), this);
    }

    private interface Encoder { long encode(long pointer, byte[] text, int[] tokens); }

    private int[] encoded(String text, Encoder encoder) {
        byte[] bytes = Text.encode(text);
        return Work.run(() -> {
            int[] tokens = new int[bytes.length + 1];
            long count;
            try {
                count = encoder.encode(pointer, bytes, tokens);
            } catch (OutOfRangeException e) { // a text that its tokenizer makes longer
                tokens = new int[Math.toIntExact(encoder.encode(pointer, bytes, null))];
                count = encoder.encode(pointer, bytes, tokens);
            }
            return Arrays.copyOf(tokens, (int) count);
        }, this);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;

/** Turns text into tokens and back. Any number of threads may use one at the same time. */
public final class Tokenizer extends NativeObject {
    private final long pointer;

    private Tokenizer(long pointer, Context context) {
        super("tokenizer", pointer, Native::tokenizerDestroy, context);
        this.pointer = pointer;
    }

    /** That of a session. */
    Tokenizer(long pointer, Session session) {
        super(session);
        this.pointer = pointer;
    }

    /**
     * Opens a tokenizer.
     *
     * @param file a {@code tokenizer.json} or a directory with one; or {@code bytes}, which has a
     *     token for each byte
     */
    public static Tokenizer open(Context context, Path file) {
        return Work.run(stop -> new Tokenizer(
                Native.tokenizerOpen(context.handle.pointer(), file), context), context);
    }

    /**
     * Trains one on the texts of {@code data.path}, with {@code data.vocab_size} tokens.
     *
     * @param config the texts
     */
    public static Tokenizer train(Context context, Config config) {
        return Work.run(stop -> new Tokenizer(Native.tokenizerTrain(context.handle.pointer(),
                config.handle.pointer(), stop), context), context, config);
    }

    /**
     * Writes it as a {@code tokenizer.json}.
     *
     * @param file one that is not there yet
     */
    public void save(Path file) {
        Work.run(stop -> {
            Native.tokenizerSave(pointer, file);
            return null;
        }, this);
    }

    /** How many tokens it knows: tokens. */
    public long vocabSize() { return with(unused -> Native.tokenizerVocabSize(pointer)); }

    /** The token that ends a text: empty if there is none. */
    public OptionalInt endToken() {
        int token = with(unused -> Native.tokenizerEndToken(pointer));
        return token < 0 ? OptionalInt.empty() : OptionalInt.of(token);
    }

    /**
     * Text to tokens, with nothing added at either end.
     *
     * @param text any text
     */
    public int[] encode(String text) { return encoded(Text.encode(text), Native::tokenizerEncode); }

    /**
     * Text to tokens as a prompt, which begins as every document in training did.
     *
     * @param text any text
     */
    public int[] encodePrompt(String text) {
        return encoded(Text.encode(text), Native::tokenizerEncodePrompt);
    }

    /**
     * Tokens to text: the text; what is no UTF-8 becomes U+FFFD.
     *
     * @param tokens of this vocabulary
     */
    public String decode(int... tokens) { return Text.string(decodeBytes(tokens)); }

    /**
     * Tokens to the bytes that they stand for: any bytes.
     *
     * @param tokens of this vocabulary
     */
    public byte[] decodeBytes(int... tokens) {
        return with(unused -> Native.tokenizerDecode(pointer, tokens));
    }

    private interface Encoder { long encode(long pointer, byte[] text, int[] tokens); }

    private int[] encoded(byte[] text, Encoder encoder) {
        return with(unused -> {
            int[] tokens = new int[text.length + 1];
            long count;
            try {
                count = encoder.encode(pointer, text, tokens);
            } catch (OutOfRangeException e) { // a text that its tokenizer makes longer
                tokens = new int[Math.toIntExact(encoder.encode(pointer, text, null))];
                count = encoder.encode(pointer, text, tokens);
            }
            return Arrays.copyOf(tokens, (int) count);
        });
    }
}

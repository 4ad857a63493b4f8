// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.nio.file.Path;
import java.util.function.LongConsumer;

/** The calls of {@link Tokenizer} that need no thought. */
abstract class TokenizerCalls extends NativeObject {
    TokenizerCalls(long pointer, LongConsumer destroy, NativeObject owner) {
        super("tokenizer", pointer, destroy, owner);
    }

    /** What another object holds. */
    TokenizerCalls(long pointer, NativeObject lender) {
        super(pointer, lender);
    }

    /**
     * Opens a tokenizer.
     *
     * @param name "bytes" (256 tokens and an end of text), a tokenizer.json in Hugging Face's
     *     format, or a directory with one
     * @return the tokenizer
     * @throws NotFoundException no such file
     * @throws InvalidArgumentException not a tokenizer.json
     * @throws UnimplementedException a model or step of the pipeline that Raddle lacks; names it
     */
    public static Tokenizer open(Context context, Path name) {
        return Work.run(() -> new Tokenizer(Native.tokenizerOpen(context.pointer, name), context),
                context);
    }

    /**
     * Trains a byte-level BPE tokenizer on the texts of data.path (as data.format and
     * data.text_field say) with data.vocab_size tokens, or fewer and a warning in the log if the
     * texts have too few pairs. The same texts give the same tokenizer.
     *
     * @return the tokenizer
     * @throws NotFoundException a file of data.path
     * @throws InvalidArgumentException data.path is empty
     * @throws CancelledException a {@link StopToken} or an interrupt ends it
     */
    public static Tokenizer train(Context context, Config config) {
        return Work.run(stop -> new Tokenizer(Native.tokenizerTrain(context.pointer, config.pointer,
                stop), context), context, config);
    }

    /**
     * Writes it as a Hugging Face tokenizer.json, atomically.
     *
     * @param path a file that is not there yet
     * @return this
     * @throws AlreadyExistsException there is something at {@code path}; it is kept
     * @throws IoException the operating system refused an operation
     * @throws ResourceExhaustedException memory or disk is short; the message says by how much
     */
    public Tokenizer save(Path path) {
        Work.run(() -> {
            Native.tokenizerSave(pointer, path);
            return null;
        }, this);
        return (Tokenizer) this;
    }

    /**
     * How many tokens it knows.
     *
     * @return the result
     */
    public long vocabSize() {
        return Work.run(() -> Native.tokenizerVocabSize(pointer), this);
    }

    /**
     * The token that ends a text; -1 if there is none.
     *
     * @return the result
     */
    public int endToken() {
        return Work.run(() -> Native.tokenizerEndToken(pointer), this);
    }
}

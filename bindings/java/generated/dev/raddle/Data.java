// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.nio.file.Path;

/** Tokenizers, token files. */
public final class Data {
    private Data() {
    }

    /**
     * Writes the texts of data.path as a token file that data.path can name in place of them, in
     * the tokenizer of data.tokenizer. Atomic.
     *
     * @param path a file that is not there yet
     * @return the result
     * @throws NotFoundException a file of data.path, or the tokenizer
     * @throws AlreadyExistsException there is something at {@code path}; it is kept
     * @throws DataLossException JSON that is broken or lacks the field, compressed data that is
     *     damaged or cut off; names the place
     * @throws InvalidArgumentException files without any text
     * @throws UnimplementedException a file that is no text: UTF-16, Parquet, zip and so on; names
     *     it
     * @throws IoException the operating system refused an operation
     * @throws ResourceExhaustedException memory or disk is short; the message says by how much
     * @throws CancelledException a {@link StopToken} or an interrupt ends it; nothing is written
     */
    public static TokenizeResult tokenize(Context context, Config config, Path path) {
        return Work.run(stop -> Native.dataTokenize(context.pointer, config.pointer, path, stop),
                context, config);
    }

    /**
     * What a data file holds, as a JSON object: format, documents, tokens or bytes, the lengths'
     * quantiles, the vocabulary, and the first texts as the model will see them.
     *
     * @param path path
     * @return the json
     * @throws NotFoundException no such file
     * @throws DataLossException a damaged token file
     * @throws CancelledException a {@link StopToken} or an interrupt ends it
     */
    public static String inspect(Context context, Config config, Path path) {
        return Work.run(stop -> Native.dataInspect(context.pointer, config.pointer, path, stop),
                context, config);
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.nio.file.Path;

/** Token files. */
public final class Data {
    private Data() {}

    /**
     * Writes the texts of {@code data.path} as a token file, in the tokenizer of {@code
     * data.tokenizer}: what it was made of.
     *
     * @param config the texts
     * @param file one that is not there yet
     */
    public static TokenizeResult tokenize(Context context, Config config, Path file) {
        return Work.run(stop -> Native.dataTokenize(context.handle.pointer(),
                config.handle.pointer(), file, stop), context, config);
    }

    /**
     * What a data file holds: a JSON object.
     *
     * @param config how it is read
     * @param file text, JSON lines or tokens
     */
    public static String inspect(Context context, Config config, Path file) {
        return Work.run(stop -> Native.dataInspect(context.handle.pointer(),
                config.handle.pointer(), file, stop), context, config);
    }
}

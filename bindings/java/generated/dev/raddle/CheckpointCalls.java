// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.nio.file.Path;

/** The calls of {@link Checkpoint} that need no thought. */
abstract class CheckpointCalls {
    CheckpointCalls() {
    }

    /**
     * Reads every byte of a checkpoint and compares the checksums.
     *
     * @param path path
     * @return what it holds: path, step, files, tensors, bytes
     * @throws NotFoundException there is none
     * @throws DataLossException names the file and the tensor
     * @throws CancelledException a {@link StopToken} or an interrupt ends it
     */
    public static String verify(Context context, Path path) {
        return Work.run(stop -> Native.checkpointVerify(context.pointer, path, stop), context);
    }

    /**
     * Writes a model for other tools. {@code Session.open} and model.init_from read it back.
     *
     * @param from a checkpoint or run directory
     * @param format "hf": config.json, generation_config.json, model.safetensors, tokenizer.json,
     *     as Hugging Face's libraries name and shape them
     * @param to a directory; made if it is not there. One that is empty or holds an earlier export
     *     of Raddle's is replaced, anything else is ALREADY_EXISTS
     * @throws NotFoundException name something that exists
     * @throws DataLossException a file or message is damaged
     * @throws AlreadyExistsException name something else, or resume
     * @throws IoException the operating system refused an operation
     * @throws ResourceExhaustedException memory or disk is short; the message says by how much
     * @throws NumericException a weight is not finite
     * @throws InvalidArgumentException no such format
     * @throws CancelledException a {@link StopToken} or an interrupt ends it; nothing is written
     */
    public static void export(Context context, Path from, String format, Path to) {
        Work.run(stop -> {
            Native.checkpointExport(context.pointer, from, format, to, stop);
            return null;
        }, context);
    }
}

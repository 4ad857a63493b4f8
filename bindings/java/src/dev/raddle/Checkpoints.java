// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Checkpoints on disk. */
public final class Checkpoints {
    private Checkpoints() {}

    /**
     * The checkpoints of a run directory; the last one is the newest of the branch in force: those
     * of branches that were set aside first, each branch's oldest first.
     *
     * @param directory a run directory or a directory of checkpoints
     */
    public static List<CheckpointInfo> list(Context context, Path directory) {
        List<CheckpointInfo> found = new ArrayList<>();
        return Work.run(stop -> {
            Native.checkpointList(context.handle.pointer(), directory, info -> {
                found.add(info);
                return 0;
            });
            return List.copyOf(found);
        }, context);
    }

    /**
     * Reads every byte of a checkpoint and compares the checksums: what it holds, as a JSON object.
     *
     * @param path a checkpoint or run directory
     */
    public static String verify(Context context, Path path) {
        return Work.run(stop -> Native.checkpointVerify(context.handle.pointer(), path, stop),
                context);
    }

    /**
     * Writes a model for other tools.
     *
     * @param from a checkpoint or run directory
     * @param format {@code hf}: as Hugging Face's libraries read it
     * @param to a directory, which is made
     */
    public static void export(Context context, Path from, String format, Path to) {
        Work.run(stop -> {
            Native.checkpointExport(context.handle.pointer(), from, format, to, stop);
            return null;
        }, context);
    }
}

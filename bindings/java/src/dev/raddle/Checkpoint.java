// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Checkpoints on disk. */
public final class Checkpoint extends CheckpointCalls {
    private Checkpoint() {}

    /**
     * The checkpoints of a run directory: those of branches that were set aside first, each
     * branch's oldest first, so that the last one is the newest of the branch in force.
     *
     * @param directory a run directory or a directory of checkpoints
     */
    public static List<CheckpointInfo> list(Context context, Path directory) {
        List<CheckpointInfo> found = new ArrayList<>();
        return Work.run(() -> {
            Native.checkpointList(context.pointer, directory, info -> {
                found.add(info);
                return 0;
            });
            return List.copyOf(found);
        }, context);
    }
}

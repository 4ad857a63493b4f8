// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * Where this process stands, as far as the environment does not say it or says it wrong.
 *
 * @param rank from 0 on; -1: rank and size from the environment
 * @param size of the job, if {@code rank} is given
 * @param coordinator host:port; rank 0 listens there; null: from the environment
 * @param secret whoever does not know it cannot join; null: from the environment
 */
public record WorldOptions(long rank, long size, String coordinator, String secret) {
    /**
     * Everything at its default.
     *
     * @return the WorldOptions
     */
    public static WorldOptions defaults() {
        return new WorldOptions(-1, 0, null, null);
    }

    /**
     * A copy with another {@code rank}.
     *
     * @param rank from 0 on; -1: rank and size from the environment
     * @return the copy
     */
    public WorldOptions withRank(long rank) {
        return new WorldOptions(rank, size, coordinator, secret);
    }

    /**
     * A copy with another {@code size}.
     *
     * @param size of the job, if {@code rank} is given
     * @return the copy
     */
    public WorldOptions withSize(long size) {
        return new WorldOptions(rank, size, coordinator, secret);
    }

    /**
     * A copy with another {@code coordinator}.
     *
     * @param coordinator host:port; rank 0 listens there; null: from the environment
     * @return the copy
     */
    public WorldOptions withCoordinator(String coordinator) {
        return new WorldOptions(rank, size, coordinator, secret);
    }

    /**
     * A copy with another {@code secret}.
     *
     * @param secret whoever does not know it cannot join; null: from the environment
     * @return the copy
     */
    public WorldOptions withSecret(String secret) {
        return new WorldOptions(rank, size, coordinator, secret);
    }
}

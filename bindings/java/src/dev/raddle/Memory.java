// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.lang.ref.Cleaner;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.LongStream;

/** Memory that C and Java share. */
final class Memory {
    private static final Cleaner CLEANER = Cleaner.create();

    static {
        Native.version(); // loads the library, if nothing has yet
    }

    private Memory() {}

    /** An F32 tensor of the library's, whose memory lives as long as any buffer on it. */
    static Tensor tensor(String name, long managed) {
        long[] dims = dims(managed);
        long bytes = LongStream.of(dims).reduce(Float.BYTES, Math::multiplyExact);
        if (bytes > Integer.MAX_VALUE) {
            free(managed);
            throw new UnsupportedOperationException("the tensor " + name + " has " + bytes
                    + " bytes, and a ByteBuffer at most 2147483647");
        }
        ByteBuffer whole = buffer(managed, bytes);
        CLEANER.register(whole, () -> free(managed)); // views of it keep it alive
        return new Tensor(name, Dtype.F32, dims, whole.order(ByteOrder.nativeOrder()));
    }

    /** A reference from C to a Java object, until it is released. */
    static native long keep(Object object);

    static native void release(long kept);

    static native long address(Buffer buffer);

    private static native long[] dims(long managed);

    private static native ByteBuffer buffer(long managed, long bytes);

    private static native void free(long managed);
}

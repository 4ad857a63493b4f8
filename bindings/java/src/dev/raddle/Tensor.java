// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.stream.LongStream;

/**
 * A tensor in memory: contiguous, row-major, innermost dimension last.
 *
 * @param name of a parameter, gradient, or input of a graph
 * @param type of its elements
 * @param dims its sizes, outermost first
 * @param data its memory: a direct buffer in the machine's byte order
 */
public record Tensor(String name, Dtype type, long[] dims, ByteBuffer data) {
    /** Checks that the memory is as large as type and dims say. */
    public Tensor {
        long bytes = LongStream.of(dims).reduce(elementBytes(type), Math::multiplyExact);
        if (!data.isDirect() || data.order() != ByteOrder.nativeOrder()
                || data.remaining() != bytes) {
            throw new IllegalArgumentException("the tensor " + name + " needs a direct buffer of "
                    + bytes + " bytes in native order; got " + data + ", " + data.order());
        }
        data = view(data.slice());
    }

    /** A view of the memory, with a position of its own. */
    @Override
    public ByteBuffer data() {
        return view(data.duplicate());
    }

    /**
     * One of F32, with a copy of values.
     *
     * @param name of an input
     * @param values its elements
     * @param dims its sizes
     */
    public static Tensor of(String name, float[] values, long... dims) {
        ByteBuffer data = room(values.length);
        data.asFloatBuffer().put(values);
        return new Tensor(name, Dtype.F32, dims, data);
    }

    /**
     * One of I32, with a copy of values.
     *
     * @param name of an input
     * @param values its elements
     * @param dims its sizes
     */
    public static Tensor of(String name, int[] values, long... dims) {
        ByteBuffer data = room(values.length);
        data.asIntBuffer().put(values);
        return new Tensor(name, Dtype.I32, dims, data);
    }

    /** The memory as F32 numbers: a view. */
    public FloatBuffer floats() {
        if (type != Dtype.F32) {
            throw new IllegalStateException("the tensor " + name + " is of " + type);
        }
        return data().asFloatBuffer();
    }

    /** As C sees it, for as long as this is reachable. */
    RawTensorView raw() {
        return new RawTensorView(name, Memory.address(data), type.value(), dims.length,
                dims);
    }

    private static ByteBuffer view(ByteBuffer of) {
        return of.order(ByteOrder.nativeOrder());
    }

    private static ByteBuffer room(int elements) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(elements, 4))
                .order(ByteOrder.nativeOrder());
    }

    private static long elementBytes(Dtype type) {
        return Long.parseLong(type.name().replaceAll("\\D", "")) / 8;
    }
}

package dev.weft.proxy.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A row of numbers that one event loop changes and any thread may read.
 *
 * <p>Single writer, many readers: a change is a plain read and an opaque write, no locked instruction; readers see whole values,
 * a little late.
 */
final class LoopCounters {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] cells;

    LoopCounters(int size) {
        this.cells = new long[size];
    }

    /** By the owning loop only. */
    void add(int cell, long amount) {
        CELL.setOpaque(cells, cell, cells[cell] + amount);
    }

    long read(int cell) {
        return (long) CELL.getOpaque(cells, cell);
    }
}

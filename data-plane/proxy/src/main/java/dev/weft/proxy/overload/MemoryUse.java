package dev.weft.proxy.overload;

import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;

/** How much of the memory that this process may have is in use. Thread-safe, and cheap enough to be asked a hundred times a second. */
public interface MemoryUse {
    /** What the Java process itself says. */
    MemoryUse PROCESS = new MemoryUse() {
        @Override
        public double buffers() {
            long max = PlatformDependent.maxDirectMemory();
            return max <= 0 ? 0 : (double) Math.max(0, PlatformDependent.usedDirectMemory()) / max;
        }

        @Override
        public double heap() {
            Runtime runtime = Runtime.getRuntime();
            double withGarbage = (double) (runtime.totalMemory() - runtime.freeMemory()) / runtime.maxMemory();
            // What is in use is never more than that; only where it is much the collector is asked what it found alive.
            return withGarbage < MemoryGuard.ENTER ? withGarbage : Math.min(withGarbage, afterCollection());
        }

        // Of the heap's largest pool, after its last collection; 0 before the first.
        private static double afterCollection() {
            long most = 0;
            double share = 0;
            for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
                MemoryUsage alive = pool.getType() == MemoryType.HEAP ? pool.getCollectionUsage() : null;
                if (alive != null && alive.getMax() > most) {
                    most = alive.getMax();
                    share = (double) alive.getUsed() / most;
                }
            }
            return share;
        }
    };

    /** Of the memory for buffers outside the heap, 0 to 1. */
    double buffers();

    /** Of the heap, garbage left out, 0 to 1. */
    double heap();
}

package dev.weft.sidecar;

import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the process holds of memory. Stateless. */
final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMemory() {}

    /** Bytes by name. */
    static Map<String, Object> json() {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("rss_bytes", rssBytes());
        json.put("heap_used_bytes", heap.getUsed());
        json.put("heap_committed_bytes", heap.getCommitted());
        json.put("heap_max_bytes", heap.getMax());
        json.put(
                "non_heap_used_bytes",
                ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getUsed());
        json.put("buffers_used_bytes", Math.max(0, PlatformDependent.usedDirectMemory()));
        json.put("buffers_max_bytes", PlatformDependent.maxDirectMemory());
        return json;
    }

    /** Zero where the system does not say. */
    private static long rssBytes() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException notLinux) {
            return 0;
        }
    }
}

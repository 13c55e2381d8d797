package dev.weft.sidecar;

import dev.weft.sidecar.bootstrap.HostPort;
import dev.weft.sidecar.bootstrap.NodeIdentity;
import dev.weft.sidecar.bootstrap.ShortForm.Role;
import dev.weft.sidecar.xds.message.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a process tells once it serves: a line for people, a file for programs. Immutable. */
record Serving(
        Role role, NodeIdentity node, Optional<InetSocketAddress> admin, Map<String, InetSocketAddress> listeners) {
    String line() {
        StringBuilder line = new StringBuilder(role.word());
        if (!node.cluster().isEmpty()) {
            line.append(' ').append(node.cluster());
        }
        String separator = ": ";
        for (Map.Entry<String, InetSocketAddress> listener : new TreeMap<>(listeners).entrySet()) {
            line.append(separator).append(listener.getKey()).append(' ').append(HostPort.of(listener.getValue()));
            separator = ", ";
        }
        if (admin.isPresent()) {
            line.append(separator).append("admin ").append(HostPort.of(admin.get()));
        }
        return line.toString();
    }

    /** In one step, so that whoever sees the file sees all of it. */
    void write(Path file) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.writeString(next, Json.compact(json()) + "\n");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("role", role.word());
        json.put("pid", ProcessHandle.current().pid());
        json.put("node", node.id());
        admin.ifPresent(address -> json.put("admin", HostPort.of(address).toString()));
        Map<String, Object> bound = new TreeMap<>();
        listeners.forEach(
                (name, address) -> bound.put(name, HostPort.of(address).toString()));
        json.put("listeners", bound);
        return json;
    }
}

package dev.weft.sidecar;

import dev.weft.sidecar.bootstrap.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Names a node so that it is unique, and the same after a restart. Stateless. */
final class NodeIds {
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private NodeIds() {}

    /**
     * @param given by a flag, or empty
     * @param name of the service or gateway
     * @param accepts its port tells processes of one host apart; the process id does where the system chooses the port
     */
    static String of(String given, String name, HostPort accepts) {
        if (!given.isEmpty()) {
            return given;
        }
        long last = accepts.port() == 0 ? ProcessHandle.current().pid() : accepts.port();
        return name + "." + hostName() + "." + last;
    }

    /** The kernel's name for the host: asking DNS for it can take seconds. */
    private static String hostName() {
        try {
            return Files.readString(HOST_NAME).strip();
        } catch (IOException notLinux) {
            String variable = System.getenv("HOSTNAME");
            return variable == null ? "localhost" : variable;
        }
    }
}

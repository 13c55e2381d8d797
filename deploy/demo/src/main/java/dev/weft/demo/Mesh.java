package dev.weft.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The demo's processes: a control plane on the embedded store, a gateway, three instances of one service in two versions, and
 * a client's sidecar.
 *
 * <p>Confined to the thread that started it, except for {@link #close}.
 */
final class Mesh implements AutoCloseable {
    /** Where verbs look for a control plane when nothing else is said. */
    static final int USUAL_PORT = 15010;

    /** The gateway, the client's and one an instance. */
    static final int SIDECARS = 5;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String controlPlaneAddress;
    private final List<AutoCloseable> started = new ArrayList<>();
    private final List<RoleProcess> roles = new ArrayList<>();
    private final List<DemoInstance> instances = new ArrayList<>();
    private final RoleProcess controlPlane;
    private final RoleProcess gateway;
    private final RoleProcess client;

    private Mesh(Distribution distribution, Path folder) throws IOException {
        List<Integer> ports = freePorts();
        controlPlaneAddress = "127.0.0.1:" + ports.getFirst();
        try {
            controlPlane = role(
                    distribution,
                    folder,
                    "control-plane",
                    List.of(
                            "control-plane",
                            "--data=" + folder.resolve("store"),
                            "--listen=" + controlPlaneAddress,
                            "--admin=127.0.0.1:0",
                            "--drain-timeout=1s"));
            // All at once: a sidecar that is there before its control plane asks again.
            client = role(
                    distribution,
                    folder,
                    "client",
                    proxy(folder, "client", "sidecar", "--service=client", "--outbound=127.0.0.1:0"));
            gateway = role(
                    distribution,
                    folder,
                    "edge",
                    proxy(folder, "edge", "gateway", "--name=edge", "--listen=127.0.0.1:" + ports.get(1)));
            instance(distribution, folder, "web-1", "v1", ports.get(2));
            instance(distribution, folder, "web-2", "v1", ports.get(3));
            instance(distribution, folder, "web-3", "v2", ports.get(4));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Starts all, and waits for none. */
    static Mesh start(Distribution distribution, Path folder) throws IOException {
        return new Mesh(distribution, folder);
    }

    private RoleProcess role(Distribution distribution, Path folder, String name, List<String> arguments)
            throws IOException {
        RoleProcess role = RoleProcess.start(distribution, folder, name, arguments);
        started.add(role);
        roles.add(role);
        return role;
    }

    private List<String> proxy(Path folder, String id, String... own) {
        List<String> arguments = new ArrayList<>(List.of(own));
        arguments.addAll(List.of(
                "--control-plane=" + controlPlaneAddress,
                "--id=" + id,
                "--admin=127.0.0.1:0",
                "--concurrency=1",
                "--state-dir=" + folder.resolve(id),
                "--drain-grace=0s",
                "--warm-up=0s",
                "--drain-timeout=1s"));
        return arguments;
    }

    private void instance(Distribution distribution, Path folder, String name, String version, int port)
            throws IOException {
        DemoInstance instance = DemoInstance.start(distribution, folder, controlPlaneAddress, name, version, port);
        started.add(instance);
        instances.add(instance);
        roles.add(instance.sidecar());
    }

    /** Waits for the control plane. */
    void awaitControlPlane() throws IOException, InterruptedException {
        controlPlane.awaitReady(PATIENCE);
    }

    /** Waits for every sidecar. */
    Proxies awaitProxies() throws IOException, InterruptedException {
        for (DemoInstance instance : instances) {
            instance.awaitReady(PATIENCE);
        }
        RoleProcess.Addresses atClient = client.awaitReady(PATIENCE);
        RoleProcess.Addresses atGateway = gateway.awaitReady(PATIENCE);
        return new Proxies(
                atClient.listener("outbound"), atClient.admin(), atGateway.listener("gateway"), atGateway.admin());
    }

    /** Waits until every sidecar has a stream to the control plane. */
    void awaitConnected(Definitions definitions) throws IOException, InterruptedException {
        Deadline deadline = Deadline.in(PATIENCE);
        while (definitions.connected() < SIDECARS) {
            deadline.orWait("not every sidecar is connected");
        }
    }

    /** Where the two proxies that traffic enters serve it, and show what they do. Immutable. */
    record Proxies(
            InetSocketAddress clientOutbound,
            InetSocketAddress clientAdmin,
            InetSocketAddress gateway,
            InetSocketAddress gatewayAdmin) {}

    String controlPlaneAddress() {
        return controlPlaneAddress;
    }

    RoleProcess controlPlane() {
        return controlPlane;
    }

    List<DemoInstance> instances() {
        return instances;
    }

    /** Every process, the control plane first. */
    List<RoleProcess> roles() {
        return roles;
    }

    /** The usual port of a control plane if nobody has it, then free ones. All are held until all are known. */
    static List<Integer> freePorts() throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            held.add(usualOrFree());
            while (held.size() < SIDECARS) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    private static ServerSocket usualOrFree() throws IOException {
        try {
            return new ServerSocket(USUAL_PORT, 1, InetAddress.getLoopbackAddress());
        } catch (IOException _) {
            return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        }
    }

    /** Ends every process; returns once all are gone. */
    @Override
    public void close() {
        roles.forEach(RoleProcess::end);
        for (AutoCloseable one : started.reversed()) {
            switch (one) {
                case RoleProcess role -> role.close();
                case DemoInstance instance -> instance.close();
                default -> throw new IllegalStateException("not a part of the mesh: " + one);
            }
        }
    }
}

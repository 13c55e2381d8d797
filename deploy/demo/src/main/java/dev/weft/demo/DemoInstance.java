package dev.weft.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A copy of the demo's service with the sidecar beside it: they live and die together.
 *
 * <p>Thread-safe. It keeps its addresses over a restart, as a service in production does.
 */
final class DemoInstance implements AutoCloseable {
    private final String name;
    private final String version;
    private final RoleProcess sidecar;
    private final String address;
    private final int servicePort;
    private DemoService service;

    private DemoInstance(String name, String version, DemoService service, RoleProcess sidecar, String address) {
        this.name = name;
        this.version = version;
        this.service = service;
        this.servicePort = service.port();
        this.sidecar = sidecar;
        this.address = address;
    }

    /** Starts both; does not wait for the sidecar to serve. */
    static DemoInstance start(
            Distribution distribution, Path folder, String controlPlane, String name, String version, int inboundPort)
            throws IOException {
        DemoService service = DemoService.start(name, version, 0);
        String address = "127.0.0.1:" + inboundPort;
        try {
            RoleProcess sidecar = RoleProcess.start(
                    distribution,
                    folder,
                    name,
                    List.of(
                            "sidecar",
                            "--control-plane=" + controlPlane,
                            "--service=web",
                            "--port=" + service.port(),
                            "--labels=version=" + version,
                            "--id=" + name,
                            "--address=127.0.0.1",
                            "--inbound=" + address,
                            "--outbound=127.0.0.1:0",
                            "--admin=127.0.0.1:0",
                            "--concurrency=1",
                            "--state-dir=" + folder.resolve(name),
                            "--drain-grace=0s",
                            "--warm-up=0s",
                            "--drain-timeout=1s"));
            return new DemoInstance(name, version, service, sidecar, address);
        } catch (IOException e) {
            service.close();
            throw e;
        }
    }

    String name() {
        return name;
    }

    /** Where its sidecar accepts for it: the endpoint that others see. */
    String address() {
        return address;
    }

    RoleProcess sidecar() {
        return sidecar;
    }

    RoleProcess.Addresses awaitReady(Duration patience) throws IOException, InterruptedException {
        return sidecar.awaitReady(patience);
    }

    /** Both at once and without a word to anybody, as a machine that loses power. */
    synchronized void kill() throws InterruptedException {
        sidecar.kill();
        service.close();
    }

    synchronized void revive() throws IOException {
        if (!sidecar.alive()) {
            service.close();
            service = DemoService.start(name, version, servicePort);
            sidecar.restart();
        }
    }

    @Override
    public synchronized void close() {
        sidecar.close();
        service.close();
    }
}

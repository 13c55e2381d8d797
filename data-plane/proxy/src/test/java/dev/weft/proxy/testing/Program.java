package dev.weft.proxy.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A server of somebody else that a test runs beside the proxy; it ends when it is closed. */
public final class Program implements AutoCloseable {
    private final Process process;

    private Program(Process process) {
        this.process = process;
    }

    /** A port of this host that nobody listens at. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /**
     * Returns once it listens. Where the program is missing the test is skipped, and says so where people look.
     *
     * @param folder where its output goes
     */
    public static Program run(String program, int port, Path folder, String... arguments)
            throws IOException, InterruptedException {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/usr/local/sbin";
        Optional<Path> binary = Stream.of(path.split(":"))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
        if (binary.isEmpty()) {
            System.err.println("*** SKIPPED: no " + program + " on the PATH, so this has not been tried against it."
                    + " To have it: apt-get install " + program + " ***");
        }
        assumeTrue(binary.isPresent(), "no " + program + " on the PATH");
        Path output = folder.resolve("output");
        Program running = new Program(
                new ProcessBuilder(Stream.concat(Stream.of(binary.orElseThrow().toString()), Stream.of(arguments))
                                .toList())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start());
        try {
            running.awaitPort(port, output);
        } catch (IOException | InterruptedException | RuntimeException e) {
            running.close();
            throw e;
        }
        return running;
    }

    /**
     * nginx with one server in front of nothing, in the foreground.
     *
     * @param http directives beside the server
     * @param listen parameters behind the port, such as that of HTTP/2
     * @param server what it does, for instance {@code return 200 "ok";}
     */
    public static Program nginx(int port, Path folder, String http, String listen, String server)
            throws IOException, InterruptedException {
        Path config = folder.resolve("nginx.conf");
        Files.writeString(config, """
                daemon off;
                master_process off;
                error_log stderr;
                pid nginx.pid;
                events {}
                http {
                  access_log off;
                  client_body_temp_path body;
                  proxy_temp_path proxy;
                  fastcgi_temp_path fastcgi;
                  uwsgi_temp_path uwsgi;
                  scgi_temp_path scgi;
                  %s
                  server {
                    listen 127.0.0.1:%d %s;
                    %s
                  }
                }
                """.formatted(http, port, listen, server));
        return run("nginx", port, folder, "-p", folder.toString(), "-c", config.toString());
    }

    private void awaitPort(int port, Path output) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IllegalStateException("it does not listen: " + Files.readString(output), e);
                }
                process.waitFor(20, TimeUnit.MILLISECONDS); // it gives no other sign of life
            }
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
    }
}

package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.weft.proxy.model.ClusterConfig.UpstreamProtocol;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.WebSocketEcho;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Autobahn cases (https://github.com/crossbario/autobahn-testsuite) against an echo server: directly, through a proxy, and through
 * two with HTTP/2 between them, so that the upgrade becomes an extended CONNECT and back (RFC 8441). Each must end through the proxies
 * as it does directly; what the echo server itself does wrong is not the proxy's affair.
 *
 * <p>Left out of the build for their time: 6 (160 ways to be wrong in UTF-8, which a proxy does not read), 9 (speed), 12 and 13
 * (compression, which it does not read either). {@code -Dweft.autobahn=*} runs them all.
 */
class AutobahnTest {
    private static final String CASES = System.getProperty("weft.autobahn", "1.*,2.*,3.*,4.*,5.*,7.*,10.*");
    private static final int AT_LEAST = 90;

    /** Runs the cases, then writes a line for each: agent, case, how it ended, how its connection was closed. */
    private static final String RUN = """
            import sys, json
            sys.argv = ['wstest', '-m', 'fuzzingclient', '-s', 'spec.json']
            from autobahntestsuite import wstest
            wstest.run()
            out = open('outcomes', 'w')
            for agent, cases in json.load(open('reports/index.json')).items():
                for case, outcome in cases.items():
                    out.write('\\t'.join([agent, case, outcome['behavior'], outcome['behaviorClose']]) + '\\n')
            out.close()
            """;

    @RegisterExtension
    private final Opened opened = new Opened();

    @TempDir
    private Path directory = Path.of("");

    @TestFactory
    Stream<DynamicTest> casesEndThroughProxiesAsTheyDoDirectly() throws Exception {
        WebSocketEcho echo = opened.open(new WebSocketEcho());
        Proxy last = proxy(UpstreamProtocol.HTTP1, echo.port());
        Proxy first = proxy(UpstreamProtocol.HTTP2, last.address("http").getPort());
        Map<String, Map<String, String>> outcomes = run(Map.of(
                "direct", echo.port(),
                "h1", last.address("http").getPort(),
                "h2", first.address("http").getPort()));
        Map<String, String> direct = Objects.requireNonNull(outcomes.get("direct"));
        assertThat(direct).hasSizeGreaterThan(AT_LEAST);
        assertThat(direct.values().stream().filter("OK, OK"::equals)).hasSizeGreaterThan(AT_LEAST * 8 / 10);
        return Stream.of("h1", "h2")
                .flatMap(through -> direct.entrySet().stream()
                        .map(one -> dynamicTest(
                                "case " + one.getKey() + " through " + through,
                                () -> assertThat(outcomes.get(through)).containsEntry(one.getKey(), one.getValue()))));
    }

    private Proxy proxy(UpstreamProtocol protocol, int port) {
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0)
                .cluster("next", "127.0.0.1:" + port)
                .protocol(protocol)
                .and()
                .route("/", "next")
                .build());
        return proxy;
    }

    /** What became of each case, by agent and case. */
    private Map<String, Map<String, String>> run(Map<String, Integer> agents) throws IOException, InterruptedException {
        String servers = agents.entrySet().stream()
                .map(agent -> """
                        {"agent": "%s", "url": "ws://127.0.0.1:%d/", "options": {"version": 18}}""".formatted(agent.getKey(), agent.getValue()))
                .collect(Collectors.joining(", "));
        String cases =
                Arrays.stream(CASES.split(",")).map(one -> '"' + one + '"').collect(Collectors.joining(", "));
        Files.writeString(directory.resolve("spec.json"), """
                {"options": {"failByDrop": false}, "outdir": "reports", "servers": [%s], "cases": [%s],
                 "exclude-cases": [], "exclude-agent-cases": {}}""".formatted(servers, cases));
        Files.writeString(directory.resolve("run.py"), RUN);
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        jars(),
                        "-Dpython.cachedir.skip=true",
                        "org.python.util.jython",
                        "run.py")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(30, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        Path outcomes = directory.resolve("outcomes");
        assertThat(outcomes).as(Files.readString(log)).exists();
        return Files.readAllLines(outcomes).stream()
                .map(line -> line.split("\t"))
                .collect(Collectors.groupingBy(
                        fields -> fields[0],
                        Collectors.toMap(fields -> fields[1], fields -> fields[2] + ", " + fields[3])));
    }

    /** Of this test's own class path: nothing else is Python's affair. */
    private static String jars() {
        return Arrays.stream(System.getProperty("java.class.path").split(":"))
                .filter(jar -> jar.contains("autobahntestsuite") || jar.contains("jython"))
                .collect(Collectors.joining(":"));
    }
}

package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawOrigin;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Every case of h2spec, the strict ones too (https://github.com/summerwind/h2spec), against a listener that proxies to HTTP/1.1. */
class H2specTest {
    private static final String PROGRAM = "/h2spec/2.2.0/h2spec_linux_amd64.tar.gz";
    private static final int CASES = 146;

    @RegisterExtension
    private final Opened opened = new Opened();

    @TempDir
    private Path directory = Path.of("");

    @BeforeEach
    void thereIsAProgramForThisMachine() {
        boolean there = System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
        if (!there) {
            System.err.println("SKIPPED: h2spec runs on Linux on amd64 only; HTTP/2 conformance is not tested here");
        }
        Assumptions.assumeTrue(there, "h2spec runs on Linux on amd64");
    }

    @TestFactory
    Stream<DynamicTest> inCleartextWithPriorKnowledge() throws Exception {
        return run(proxy());
    }

    private Proxy proxy() throws IOException {
        RawOrigin origin = opened.open(RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nanswer"));
        Proxy proxy = opened.open(Proxy.builder().loops(1).build());
        proxy.apply(Setup.listen("127.0.0.1", 0).to("127.0.0.1:" + origin.port()));
        return proxy;
    }

    private Stream<DynamicTest> run(Proxy proxy) throws Exception {
        Path report = directory.resolve("report.xml");
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(
                        program().toString(),
                        "--strict",
                        "--port",
                        Integer.toString(proxy.address("http").getPort()),
                        "--junit-report",
                        report.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(report).as(() -> read(log)).exists();
        List<DynamicTest> cases = cases(report);
        assertThat(cases).hasSize(CASES);
        return cases.stream();
    }

    private static List<DynamicTest> cases(Path report) throws Exception {
        NodeList found = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(report.toFile())
                .getElementsByTagName("testcase");
        return IntStream.range(0, found.getLength())
                .mapToObj(i -> (Element) found.item(i))
                .map(one -> dynamicTest(one.getAttribute("package") + ": " + one.getAttribute("classname"), () -> {
                    for (String outcome : List.of("failure", "error", "skipped")) {
                        NodeList bad = one.getElementsByTagName(outcome);
                        assertThat(bad.getLength())
                                .as(() -> outcome + ": " + bad.item(0).getTextContent())
                                .isZero();
                    }
                }))
                .toList();
    }

    private Path program() throws IOException, InterruptedException {
        Path archive = directory.resolve("h2spec.tar.gz");
        try (InputStream packed = H2specTest.class.getResourceAsStream(PROGRAM)) {
            Files.copy(Objects.requireNonNull(packed), archive);
        }
        Process tar = new ProcessBuilder("tar", "-xzf", archive.toString(), "-C", directory.toString())
                .inheritIO()
                .start();
        assertThat(tar.waitFor()).isZero();
        return directory.resolve("h2spec");
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }
}

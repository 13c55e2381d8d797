package dev.weft.proxy.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What docs/library.md shows is the source that {@link ExamplesTest} runs; with {@code -Dweft.docs.rewrite=true} it is written
 * anew.
 */
class LibraryDocTest {
    private static final Path DOC = Path.of("../../docs/library.md");
    private static final Path SOURCE = Path.of("src/test/java/dev/weft/proxy/examples/ExamplesTest.java");
    private static final String BEGIN = "    // example: ";
    private static final int MAX_LINES = 15;

    @Test
    void everyExampleIsShortAndStandsInTheDocumentAsItIs() throws IOException {
        String doc = Files.readString(DOC);
        String expected = doc;
        for (Map.Entry<String, String> example : examples().entrySet()) {
            assertThat(example.getValue().lines().count()).as(example.getKey()).isLessThanOrEqualTo(MAX_LINES);
            String opening = "<!-- example: " + example.getKey() + " -->\n```java\n";
            int from = expected.indexOf(opening);
            assertThat(from).as(opening).isNotNegative();
            int code = from + opening.length();
            expected = expected.substring(0, code)
                    + example.getValue()
                    + expected.substring(expected.indexOf("```", code));
        }
        if (Boolean.getBoolean("weft.docs.rewrite")) {
            Files.writeString(DOC, expected);
        } else {
            assertThat(doc).isEqualTo(expected);
        }
    }

    @Test
    void nothingElseStandsThereAsAnExample() throws IOException {
        assertThat(Files.readString(DOC).lines().filter(line -> line.startsWith("<!-- example: ")))
                .hasSameSizeAs(examples().keySet());
    }

    /** By name, without the indentation of the class around them. */
    private static Map<String, String> examples() throws IOException {
        Map<String, String> examples = new LinkedHashMap<>();
        String[] parts = Files.readString(SOURCE).split(BEGIN);
        for (int i = 1; i < parts.length; i++) {
            int name = parts[i].indexOf('\n');
            int test = parts[i].indexOf("    @Test\n");
            String code = parts[i].substring(name + 1, test < 0 ? parts[i].length() : test);
            examples.put(parts[i].substring(0, name), code.stripTrailing().stripIndent() + "\n");
        }
        return examples;
    }
}

package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds docs/http-rules.md to the tests that it names. */
class HttpRulesTest {
    private static final Path ROOT = Path.of("..", "..");
    private static final List<Path> SOURCES =
            List.of(Path.of("src/test/java/dev/weft/proxy"), ROOT.resolve("e2e-tests/src/test/java/dev/weft"));
    private static final Pattern CLASS = Pattern.compile("`([a-z0-9.]*[A-Z]\\w*Test)`");

    @Test
    void everyRuleHasATest() throws IOException {
        assertThat(rules()).isNotEmpty().allSatisfy(rule -> {
            String[] cells = rule.split("\\|", -1);
            assertThat(cells).as(rule).hasSize(5);
            assertThat(cells[1]).as("a rule").isNotBlank();
            assertThat(named(cells[3])).as(rule).isNotEmpty();
        });
    }

    @Test
    void everyTestNamedIsThere() throws IOException {
        Set<String> there = new TreeSet<>();
        for (Path source : SOURCES) {
            there.addAll(classesBelow(source));
        }
        assertThat(rules()).isNotEmpty().allSatisfy(rule -> assertThat(there).containsAll(named(rule)));
    }

    @Test
    void noTestOfTheCodecsIsLeftOut() throws IOException {
        Set<String> named = named(String.join("\n", rules()));
        assertThat(classesBelow(SOURCES.getFirst()))
                .filteredOn(name -> name.matches("h[12]\\.\\w+Test"))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(named).as("docs/http-rules.md").contains(name));
    }

    /** Rows of the tables, without their heads. */
    private static List<String> rules() throws IOException {
        return Files.readAllLines(ROOT.resolve("docs/http-rules.md")).stream()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| rule |"))
                .toList();
    }

    private static Set<String> named(String text) {
        return CLASS.matcher(text)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Names as the page has them: behind the package that it starts at, and {@code h1.} for {@code http.h1.}. */
    private static List<String> classesBelow(Path source) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            return files.map(file -> source.relativize(file).toString().replace('/', '.'))
                    .filter(name -> name.endsWith("Test.java"))
                    .map(name -> name.substring(0, name.length() - ".java".length())
                            .replaceFirst("^http\\.(?=h[12]\\.)", ""))
                    .toList();
        }
    }
}

package dev.weft.proxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expectations are what Envoy 1.40 makes of these paths, except where a comment says why not. */
class PathNormalizationTest {
    @ParameterizedTest
    @CsvSource({
        "/, /",
        "/a/b.c/..d/e.., /a/b.c/..d/e..",
        "/a/../b, /b",
        "/../b, /b",
        "/a/./b, /a/b",
        "/a/., /a/",
        "/a/.., /",
        "/a//../b, /a/b",
        "/a/%2e%2E/b, /b",
        "/a/.%2e, /",
        "/a/..., /a/...",
        "/a/b/../.././../c, /c",
        "//a//b, //a//b",
    })
    void dotSegmentsAreResolvedThoughTheyWereEscaped(String path, String expected) {
        assertThat(normalized(path)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "/a/..;/b, /b",
        "/a/..;x=1/b, /b",
        "/a/.;x/b, /a/b",
        "/a/..;, /",
        "/a/..;x%2fy/b, /b",
        "/a/.b;/c, /a/.b;/c",
        "/a/...;/b, /a/...;/b",
        "/a/;/b, /a/;/b",
        "/a/..%3b/b, /a/..%3b/b",
        // Envoy leaves /a/..;/b, which a servlet container resolves
        "/a/%2e%2e;/b, /b",
    })
    void parametersDoNotHideADotSegment(String path, String expected) {
        assertThat(normalized(path)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "/%41%7a%30%2d%2E%5f%7E, /Az0-._~",
        "/%2f%5C%20%c3%A9%3b, /%2f%5C%20%c3%A9%3b",
        "/%, /%",
        "/%zz, /%zz",
        "/a%2, /a%2",
        "/%252e%252e/, /%252e%252e/",
    })
    void onlyEscapesOfUnreservedCharactersAreUndone(String path, String expected) {
        assertThat(normalized(path)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"/%2%65, /%252e", "/%4%31, /%2541", "/%%41, /%A", "/%2%35%41, /%2525A", "/%%341, /%2541"})
    void noEscapeComesAboutByUndoingOthers(String path, String expected) {
        assertThat(normalized(path)).isEqualTo(expected);
    }

    @Test
    void whatMayNotStandInAPathIsEscapedAndABackslashIsASlash() {
        assertThat(normalized("/\"<>^`{|}")).isEqualTo("/%22%3C%3E%5E%60%7B%7C%7D");
        assertThat(normalized("/a\\..\\b")).isEqualTo("/b");
    }

    @Test
    void theQueryStays() {
        assertThat(normalized("/a/../b?c=/../%41")).isEqualTo("/b?c=/../%41");
        assertThat(normalized("/a?/.")).isEqualTo("/a?/.");
    }

    @Test
    void anEscapedNulIsRefused() {
        assertThat(normalized("/a%00")).isNull();
    }

    @Test
    void whatIsNoPathStays() {
        assertThat(normalized("*")).isEqualTo("*");
        assertThat(normalized("")).isEmpty();
    }

    @Property
    void whatComesOutIsNormal(@ForAll("paths") String path) {
        String once = normalized(path);

        if (once != null) {
            assertThat(once).startsWith("/");
            assertThat(normalized(once)).isEqualTo(once);
            assertThat(once.split("/", -1)).doesNotContain(".", "..");
        }
    }

    @Provide
    static Arbitrary<String> paths() {
        return Arbitraries.strings()
                .withChars("/.%2eE5cCf;\\a04\"")
                .ofMaxLength(20)
                .map(rest -> "/" + rest);
    }

    private static @Nullable String normalized(String path) {
        int query = path.indexOf('?');
        return PathNormalization.of(path, query < 0 ? path.length() : query);
    }
}

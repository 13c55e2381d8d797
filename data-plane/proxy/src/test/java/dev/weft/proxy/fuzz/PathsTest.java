package dev.weft.proxy.fuzz;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * {@link RequestPath} and {@link ResponsePath} on inputs of {@link Mutations}. The build runs the same inputs every time; {@code -Dweft.fuzz=5m} runs new ones for
 * so long. A failure says the seed that repeats it.
 */
class PathsTest {
    private static final int RUNS = 1_000;
    private static final String FOR_LONG = System.getProperty("weft.fuzz", "");

    @Test
    void anHttp1ClientGetsThroughOnlyWhatItMadeAndOnlyStrictly() {
        run(mutations -> {
            byte[] bytes = mutations.http1();
            check(bytes, () -> RequestPath.http1(bytes, mutations.piece()));
        });
    }

    @Test
    void anHttp2ClientGetsThroughOnlyStrictRequests() {
        run(mutations -> {
            byte[] bytes = mutations.http2();
            check(bytes, () -> RequestPath.http2(bytes, mutations.piece()));
        });
    }

    @Test
    void anHttp1OriginGetsThroughOneStrictResponseForEachRequest() {
        run(mutations -> {
            byte[] bytes = mutations.http1Responses();
            check(bytes, () -> ResponsePath.http1(bytes, mutations.piece()));
        });
    }

    @Test
    void anHttp2OriginGetsThroughOneStrictResponseForEachRequest() {
        run(mutations -> {
            byte[] bytes = mutations.http2Responses();
            check(bytes, () -> ResponsePath.http2(bytes, mutations.piece()));
        });
    }

    /** Found by Jazzer. */
    @Test
    void aBodyThatEndsBeforeItsLengthReachesTheClientAsOneThatIsCutShort() {
        byte[] bytes = "HTTP/1.0 200 OK\r\nHost+: \r\nHost: evil\r\nContent-Length: 4\r\n\r\nok"
                .getBytes(StandardCharsets.ISO_8859_1);
        for (int piece = 1; piece <= bytes.length; piece++) {
            int pieces = piece;
            check(bytes, () -> ResponsePath.http1(bytes, pieces));
        }
    }

    private static void run(Consumer<Mutations> one) {
        if (FOR_LONG.isEmpty()) {
            for (int seed = 0; seed < RUNS; seed++) {
                run(one, seed);
            }
            return;
        }
        long end = System.nanoTime() + Duration.parse("PT" + FOR_LONG).toNanos();
        Random seeds = new Random();
        while (System.nanoTime() < end) {
            run(one, seeds.nextLong());
        }
    }

    private static void run(Consumer<Mutations> one, long seed) {
        try {
            one.accept(new Mutations(seed));
        } catch (AssertionError | RuntimeException found) {
            throw new AssertionError("seed " + seed, found);
        }
    }

    private static void check(byte[] bytes, Runnable check) {
        try {
            check.run();
        } catch (AssertionError | RuntimeException found) {
            throw new AssertionError("input:\n" + new String(bytes, StandardCharsets.ISO_8859_1), found);
        }
    }
}

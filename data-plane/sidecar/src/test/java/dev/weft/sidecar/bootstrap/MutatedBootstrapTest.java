package dev.weft.sidecar.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.listener.ListenerException;
import dev.weft.sidecar.bootstrap.BootstrapTree.Change;
import dev.weft.sidecar.live.HandCrankedTimers;
import dev.weft.sidecar.live.LiveConfig;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.Translation;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever stands in a bootstrap, it is served, or refused with the path of what is wrong. One value at a time is replaced by
 * something strange; {@code -Dweft.mutations=0} has every value replaced by everything strange.
 */
class MutatedBootstrapTest {
    private static final int SHARE = Integer.getInteger("weft.mutations", 8);
    private static final long SEED = 1;

    private static final List<@Nullable Object> STRANGE = Arrays.asList(
            null,
            Change.REMOVED,
            Change.TWICE,
            "",
            " ",
            "x",
            "a b",
            "a\r\nb",
            "\u0000",
            "é",
            "*",
            "(",
            "[",
            "\\1\\9",
            "%REQ(x)%",
            "x".repeat(1000),
            "-1",
            "NaN",
            "true",
            true,
            -1,
            0,
            1,
            65_536,
            4_294_967_295L,
            4_294_967_296L,
            Long.MAX_VALUE,
            new BigInteger("99999999999999999999999"),
            1.5,
            -0.5,
            1e300,
            Double.NaN,
            Double.POSITIVE_INFINITY,
            "0s",
            "-1s",
            "0.000000001s",
            "315576000000s",
            "9223372036854775807s",
            List.of(),
            List.of(1),
            List.of(Map.of()),
            Map.of(),
            Map.of("unknown", 1));

    private final Proxy proxy = Proxy.builder().loops(1).build();
    private final Random random = new Random(SEED);
    private int served;
    private int refused;

    @AfterEach
    void close() {
        proxy.close();
    }

    @Test
    void whateverStandsInABootstrapIsServedOrRefusedByItsPath() {
        BootstrapTree everything = BootstrapTree.everything();
        List<String> wrong = new ArrayList<>();
        serve(everything.root(), "nothing changed", wrong);
        assertThat(wrong).isEmpty();
        assertThat(served).isEqualTo(1);
        for (List<Object> path : everything.paths()) {
            for (Object strange : STRANGE) {
                boolean item = path.getLast() instanceof Integer;
                if ((strange != Change.TWICE || item) && (SHARE == 0 || random.nextInt(SHARE) == 0)) {
                    serve(everything.with(path, strange).root(), path + " = " + strange, wrong);
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(served).isGreaterThan(100);
        assertThat(refused).isGreaterThan(1000);
    }

    private void serve(Object tree, String change, List<String> wrong) {
        try {
            Bootstrap bootstrap = BootstrapReader.read(tree, FileText.DISK);
            new LiveConfig(bootstrap.statics(), new Translation(FileText.DISK), new HandCrankedTimers(), proxy::apply)
                    .start();
            served++;
        } catch (ListenerException noSuchAddress) {
            served++; // that it cannot be bound here is not the file's fault
        } catch (BadBootstrap bad) {
            refused++;
            bad.problems().stream()
                    .filter(problem -> !problem.matches("(?s)(node|admin|static_resources)(\\W.*)?: .*")
                            || !(problem.contains("(expected: ") || problem.contains("not supported")))
                    .map(problem -> change + ": " + problem)
                    .forEach(wrong::add);
        } catch (RuntimeException unexpected) {
            wrong.add(change + ": " + unexpected + " at "
                    + Arrays.stream(unexpected.getStackTrace()).limit(3).toList());
        }
    }
}

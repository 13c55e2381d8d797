package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpenFilesTest {
    private static final String TABLE = """
            Limit                     Soft Limit           Hard Limit           Units
            Max processes             96000                96000                processes
            Max open files            %s                   1048576              files
            Max locked memory         8388608              8388608              bytes
            """;

    @Test
    void halfOfTheSoftLimitIsForClientsAfterWhatTheProcessNeedsItself() {
        assertThat(OpenFiles.connectionsThatFit(TABLE.formatted("1024"))).isEqualTo(480);
    }

    @Test
    void aTinyLimitStillServesSomebody() {
        assertThat(OpenFiles.connectionsThatFit(TABLE.formatted("32"))).isEqualTo(16);
    }

    @Test
    void noLimitIsNone() {
        assertThat(OpenFiles.connectionsThatFit(TABLE.formatted("unlimited"))).isZero();
        assertThat(OpenFiles.connectionsThatFit("")).isZero();
    }
}

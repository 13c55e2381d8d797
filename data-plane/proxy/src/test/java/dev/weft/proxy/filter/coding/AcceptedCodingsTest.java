package dev.weft.proxy.filter.coding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptedCodingsTest {
    /** Of gzip and brotli, gzip being ours of choice. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "gzip | GZIP",
                "br, gzip | GZIP",
                "gzip;q=0.5, br | BROTLI",
                "GZIP;Q=0.5, Br;q=0.51 | BROTLI",
                "gzip;q=0 | none",
                "gzip;q=0, * | BROTLI",
                "* | GZIP",
                "*;q=0 | none",
                "identity | none",
                "identity;q=1, gzip;q=0.5 | none",
                "identity;q=0.5, gzip;q=0.5 | GZIP",
                "zstd | none",
                "gzip;q=2 | none",
                "gzip;q=x | none",
                "none | none",
                "'' | none",
            })
    void theCodingThatTheClientLikesBestIsTaken(String field, ContentCoding best) {
        assertThat(AcceptedCodings.best(field, List.of(ContentCoding.GZIP, ContentCoding.BROTLI)))
                .isEqualTo(best);
    }
}

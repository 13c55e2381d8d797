package dev.weft.proxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class GrpcTimeoutTest {
    @Test
    void everyUnitIsRead() {
        assertThat(read("5n")).isEqualTo(5);
        assertThat(read("5u")).isEqualTo(5_000);
        assertThat(read("250m")).isEqualTo(250_000_000);
        assertThat(read("3S")).isEqualTo(3_000_000_000L);
        assertThat(read("2M")).isEqualTo(120_000_000_000L);
        assertThat(read("99999999H")).isEqualTo(Long.MAX_VALUE / 4);
    }

    @Test
    void whatIsNotATimeoutCountsAsNone() {
        for (String text : new String[] {"", "5", "m", "5s", "-5m", "123456789m", " 5m", "5 m"}) {
            assertThat(read(text)).as(text).isEqualTo(GrpcTimeout.NONE);
        }
        assertThat(GrpcTimeout.read(new Headers())).isEqualTo(GrpcTimeout.NONE);
    }

    @Property
    void whatIsWrittenIsNeverLongerAndHardlyShorter(@ForAll @LongRange(min = 1, max = 1L << 55) long nanos) {
        Headers headers = new Headers();
        GrpcTimeout.write(headers, nanos);

        long read = GrpcTimeout.read(headers);
        assertThat(read).isLessThanOrEqualTo(nanos);
        assertThat((double) read).isGreaterThan(nanos * 0.99);
    }

    private static long read(String text) {
        Headers headers = new Headers();
        headers.add(HeaderName.GRPC_TIMEOUT, text);
        return GrpcTimeout.read(headers);
    }
}

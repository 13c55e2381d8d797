package dev.weft.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BufferCachesTest {
    @ParameterizedTest
    @CsvSource({
        "134217728, 1, 8388608", // what the launcher gives
        "134217728, 2, 4194304",
        "134217728, 8, 1048576",
        "134217728, 512, 131072",
        "1073741824, 1, 8388608",
        "33554432, 1, 2097152",
    })
    void loopsShareASixteenthForEachSize(long memory, int loops, int bytes) {
        assertThat(BufferCaches.bytes(memory, loops)).isEqualTo(bytes);
    }
}

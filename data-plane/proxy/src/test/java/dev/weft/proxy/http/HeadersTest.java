package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class HeadersTest {
    /** More names than are told apart at a glance: whatever is there is found, and nothing else. */
    @Test
    void findsWhatIsThereAmongManyNames() {
        Headers headers = new Headers();
        for (int i = 0; i < 200; i += 2) {
            headers.add("x-" + i, String.valueOf(i));
        }
        for (int i = 0; i < 200; i++) {
            HeaderName name = HeaderName.of("x-" + i);
            assertThat(headers.get(name)).isEqualTo(i % 2 == 0 ? String.valueOf(i) : null);
            assertThat(headers.remove(name)).isEqualTo(i % 2 == 0);
            assertThat(headers.contains(name)).isFalse();
            headers.add(name, "again");
            assertThat(headers.count(name)).isEqualTo(1);
        }
        headers.clear();
        assertThat(headers.contains(HeaderName.of("x-0"))).isFalse();
    }
}

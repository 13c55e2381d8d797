package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class HeadRoomTest {
    private final HeadRoom room = new HeadRoom();

    @Test
    void growsAtOnceAndShrinksSlowly() {
        learn(1000);
        assertThat(room.newHeaders().array()).hasSize(1000);
        learn(200);
        assertThat(room.newHeaders().array()).hasSize(900);
        for (int i = 0; i < 100; i++) {
            learn(200);
        }
        assertThat(room.newHeaders().array()).hasSizeBetween(200, 207);
    }

    @Test
    void staysWithinItsBounds() {
        for (int i = 0; i < 100; i++) {
            learn(4);
        }
        assertThat(room.newHeaders().array()).hasSizeBetween(128, 135);
        learn(60_000);
        assertThat(room.newHeaders().array()).hasSize(2048);
    }

    @Test
    void aHeadMayBeLargerThanItsRoom() {
        for (int i = 0; i < 100; i++) {
            learn(4);
        }
        Headers headers = room.newHeaders();
        for (int i = 0; i < 100; i++) {
            headers.add("x-" + i, "a value of some length, " + i);
        }
        assertThat(headers.size()).isEqualTo(100);
        assertThat(headers.valueAt(99)).isEqualTo("a value of some length, 99");
    }

    private void learn(int bytes) {
        Headers headers = new Headers();
        headers.add("x", "y".repeat(bytes - 1));
        room.learn(headers);
    }
}

package dev.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.upstream.LinkedSequence.Link;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinkedSequenceTest {
    private final LinkedSequence<Integer> sequence = new LinkedSequence<>();

    @Test
    void anyCanLeaveAndTheOthersKeepTheirOrder() {
        List<Link<Integer>> links = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            links.add(new Link<>(i));
            sequence.addLast(links.get(i));
        }
        sequence.remove(links.get(0));
        sequence.remove(links.get(2));
        sequence.remove(links.get(4));
        sequence.remove(links.get(4));

        assertThat(links.get(4).isLinked()).isFalse();
        assertThat(sequence.size()).isEqualTo(2);
        assertThat(sequence.first()).isEqualTo(1);
        assertThat(sequence.poll()).isEqualTo(1);
        assertThat(sequence.poll()).isEqualTo(3);
        assertThat(sequence.poll()).isNull();
        assertThat(sequence.first()).isNull();
        assertThat(sequence.isEmpty()).isTrue();
    }

    @Test
    void whatIsLinkedIsNotLinkedTwice() {
        Link<Integer> link = new Link<>(1);
        sequence.addFirst(link);

        assertThatThrownBy(() -> sequence.addLast(link)).hasMessage("linked already");
    }

    @Test
    void itDoesWhatAListDoes() {
        Random random = new Random(7);
        List<Integer> expected = new ArrayList<>();
        List<Link<Integer>> links = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            links.add(new Link<>(i));
            switch (random.nextInt(5)) {
                case 0 -> {
                    sequence.addFirst(links.get(i));
                    expected.addFirst(i);
                }
                case 1, 2 -> {
                    sequence.addLast(links.get(i));
                    expected.addLast(i);
                }
                case 3 -> assertThat(sequence.poll()).isEqualTo(expected.isEmpty() ? null : expected.removeFirst());
                default -> {
                    if (!expected.isEmpty()) {
                        int at = random.nextInt(expected.size());
                        sequence.remove(links.get(expected.get(at)));
                        expected.subList(at, at + 1).clear();
                    }
                }
            }
            assertThat(sequence.size()).isEqualTo(expected.size());
            assertThat(sequence.first()).isEqualTo(expected.isEmpty() ? null : expected.getFirst());
        }
    }
}

package dev.weft.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StreamAllowanceTest {
    private final StreamAllowance allowance = new StreamAllowance();

    @Test
    void withoutARefusalThereIsNoLimit() {
        assertThat(allowance.hasRoom(Integer.MAX_VALUE - 1)).isTrue();
        assertThat(allowance.atFirst()).isEqualTo(Integer.MAX_VALUE);
        assertThat(allowance.ended(0)).isFalse();
    }

    @Test
    void aPeerThatRefusesAStreamBesideThreeGetsThreeAtOnceAndOneMoreAfterAWhile() {
        allowance.refused(3);

        assertThat(allowance.hasRoom(2)).isTrue();
        assertThat(allowance.hasRoom(3)).isFalse();
        for (int i = 1; i < 24; i++) {
            assertThat(allowance.ended(2)).isFalse();
        }
        assertThat(allowance.ended(2)).isTrue();
        assertThat(allowance.hasRoom(3)).isTrue();
        assertThat(allowance.hasRoom(4)).isFalse();
    }

    @Test
    void aPeerThatRefusesTheOnlyStreamStillGetsOne() {
        allowance.refused(0);

        assertThat(allowance.hasRoom(0)).isTrue();
        assertThat(allowance.hasRoom(1)).isFalse();
    }

    @Test
    void afterAPeerThatLeftTheNextGetsAsManyInAllAndTwiceThatWhereItStays() {
        allowance.left(2);
        StreamAllowance next = StreamAllowance.like(allowance);
        next.give();
        assertThat(next.hasRoom(1)).isTrue();
        next.give();

        assertThat(next.hasRoom(0)).isFalse();
        assertThat(next.ended(1))
                .as("one is still under way, after which it may leave")
                .isFalse();
        assertThat(next.ended(0)).isTrue();
        assertThat(next.hasRoom(0)).isTrue();
        allowance.raiseTo(next);
        assertThat(allowance.atFirst()).isEqualTo(4);
    }

    @Test
    void aPoolKnowsTheLeastThatWasShownUntilAConnectionTakesMore() {
        StreamAllowance ten = new StreamAllowance();
        ten.refused(10);
        StreamAllowance thirty = new StreamAllowance();
        thirty.refused(30);
        allowance.lowerTo(ten);
        allowance.lowerTo(thirty);
        assertThat(allowance.atFirst()).isEqualTo(10);

        allowance.raiseTo(thirty);
        assertThat(allowance.atFirst()).isEqualTo(30);
    }

    @Test
    void aPeerThatTookManyTeachesNothing() {
        allowance.left(1000);

        assertThat(allowance.atFirst()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void limitsThatHaveGrownLargeAreLimitsNoMore() {
        allowance.left(600);
        for (int i = 0; i < 600; i++) {
            allowance.give();
        }

        assertThat(allowance.ended(0)).isTrue();
        assertThat(allowance.atFirst()).isEqualTo(Integer.MAX_VALUE);
    }
}

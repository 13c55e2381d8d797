package dev.weft.balance.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ActiveHealthTest {

    @Test
    void theFirstCheckIsBelievedAtOnce() {
        ActiveHealth doubted = new ActiveHealth(3, 3, false);
        ActiveHealth trusted = new ActiveHealth(3, 3, true);

        assertThat(doubted.isChecked()).isFalse();
        assertThat(doubted.succeeded()).isTrue();
        assertThat(doubted.isHealthy()).isTrue();
        assertThat(trusted.failed()).isTrue();
        assertThat(trusted.isHealthy()).isFalse();
    }

    @Test
    void aHealthyEndpointFallsAfterSoManyFailuresInARow() {
        ActiveHealth health = checked();

        assertThat(health.failed()).isFalse();
        assertThat(health.failed()).isFalse();
        assertThat(health.failed()).isTrue();
        assertThat(health.isHealthy()).isFalse();
        assertThat(health.failed()).isFalse();
    }

    @Test
    void oneSuccessForgivesTheFailuresBeforeIt() {
        ActiveHealth health = checked();
        health.failed();
        health.failed();
        health.succeeded();

        assertThat(health.failed()).isFalse();
        assertThat(health.failed()).isFalse();
        assertThat(health.isHealthy()).isTrue();
    }

    @Test
    void anUnhealthyEndpointRisesAfterSoManySuccessesInARow() {
        ActiveHealth health = checked();
        health.failedForSure();

        assertThat(health.succeeded()).isFalse();
        health.failed();
        assertThat(health.succeeded()).isFalse();
        assertThat(health.succeeded()).isTrue();
        assertThat(health.isHealthy()).isTrue();
    }

    @Test
    void aFailureForSureNeedsNoConfirmation() {
        assertThat(checked().failedForSure()).isTrue();
    }

    @Test
    void thresholdsBelowOneAreRefused() {
        assertThatThrownBy(() -> new ActiveHealth(0, 1, true)).hasMessage("healthy_threshold: 0 (expected: >= 1)");
        assertThatThrownBy(() -> new ActiveHealth(1, 0, true)).hasMessage("unhealthy_threshold: 0 (expected: >= 1)");
    }

    /** Healthy, with thresholds 2 and 3, and past its first check. */
    private static ActiveHealth checked() {
        ActiveHealth health = new ActiveHealth(2, 3, true);
        health.succeeded();
        return health;
    }
}

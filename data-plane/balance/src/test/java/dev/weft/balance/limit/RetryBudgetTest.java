package dev.weft.balance.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {

    private final AtomicInteger active = new AtomicInteger();
    private final RetryBudget budget = new RetryBudget(20, 3, active::get);

    @Test
    void aQuietClusterMayRetryTheMinimum() {
        for (int i = 0; i < 3; i++) {
            assertThat(budget.tryAcquire()).isNotNull();
        }

        assertThat(budget.tryAcquire()).isNull();
    }

    @Test
    void aBusyClusterMayRetryItsShare() {
        active.set(100);
        for (int i = 0; i < 20; i++) {
            assertThat(budget.tryAcquire()).isNotNull();
        }

        assertThat(budget.tryAcquire()).isNull();
        assertThat(budget.inFlight()).isEqualTo(20);
    }

    @Test
    void aRetryThatEndedMakesRoomOnce() {
        RetryBudget one = new RetryBudget(0, 1, active::get);
        RetryBudget.Retry retry = Objects.requireNonNull(one.tryAcquire());
        retry.end();

        assertThatThrownBy(retry::end)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("retry ended twice (expected: once)");
        assertThat(one.tryAcquire()).isNotNull();
        assertThat(one.tryAcquire()).isNull();
    }

    /** Any order of requests beginning (0..3), ending (4..5), retries beginning (6..8) and ending (9). */
    @Property(tries = 300)
    void theBudgetIsNeverExceededWhenARetryBegins(
            @ForAll @Size(max = 400) List<@IntRange(max = 9) Integer> steps, @ForAll @IntRange(max = 10) int minimum) {
        AtomicInteger requests = new AtomicInteger();
        RetryBudget checked = new RetryBudget(20, minimum, requests::get);
        Deque<RetryBudget.Retry> retries = new ArrayDeque<>();
        for (int step : steps) {
            if (step <= 3) {
                requests.incrementAndGet();
            } else if (step <= 5) {
                requests.updateAndGet(count -> Math.max(0, count - 1));
            } else if (step <= 8) {
                RetryBudget.Retry retry = checked.tryAcquire();
                if (retry != null) {
                    retries.add(retry);
                    assertThat(checked.inFlight()).isLessThanOrEqualTo(Math.max(minimum, requests.get() / 5));
                } else {
                    assertThat(checked.inFlight()).isGreaterThanOrEqualTo(Math.max(minimum, requests.get() / 5));
                }
            } else if (!retries.isEmpty()) {
                retries.remove().end();
            }
            assertThat(checked.inFlight()).isEqualTo(retries.size());
        }
    }

    @Test
    void theBudgetHoldsOverManyThreads() throws Exception {
        active.set(25);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (ExecutorService loops = Executors.newFixedThreadPool(8)) {
            List<Future<?>> done = new ArrayList<>();
            for (int loop = 0; loop < 8; loop++) {
                done.add(loops.submit(() -> {
                    for (int i = 0; i < 5_000; i++) {
                        RetryBudget.Retry retry = budget.tryAcquire();
                        if (retry != null) {
                            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                            inside.decrementAndGet();
                            retry.end();
                        }
                    }
                }));
            }
            for (Future<?> one : done) {
                one.get();
            }
        }

        assertThat(most.get()).isBetween(1, 5);
        assertThat(budget.inFlight()).isZero();
    }

    @Test
    void aBudgetCanBeResizedWhileRetriesAreInFlight() {
        active.set(100);
        assertThat(budget.tryTake()).isTrue();
        budget.resize(0, 1);
        assertThat(budget.tryTake()).isFalse();
        budget.giveBack();

        assertThat(budget.tryTake()).isTrue();
        budget.giveBack();
        assertThatThrownBy(budget::giveBack).hasMessage("retry given back twice (expected: once)");
    }

    @Test
    void badSettingsAreRefused() {
        assertThatThrownBy(() -> new RetryBudget(101, 3, active::get))
                .hasMessage("budget_percent: 101.0 (expected: 0..100)");
        assertThatThrownBy(() -> new RetryBudget(20, -1, active::get))
                .hasMessage("min_retry_concurrency: -1 (expected: >= 0)");
    }
}

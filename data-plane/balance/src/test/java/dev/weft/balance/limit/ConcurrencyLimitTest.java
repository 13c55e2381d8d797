package dev.weft.balance.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {

    @Test
    void soManyAreAdmittedAndTheNextIsRefusedUntilOneEnds() {
        ConcurrencyLimit limit = new CircuitBreaker(new CircuitBreaker.Limits(2, 0, 0, 0)).connections();
        Permit one = Objects.requireNonNull(limit.tryAcquire());
        Permit two = Objects.requireNonNull(limit.tryAcquire());

        assertThat(limit.tryAcquire()).isNull();
        assertThat(limit.inUse()).isEqualTo(2);
        assertThat(limit.refusals()).isEqualTo(1);
        one.end();
        assertThat(limit.tryAcquire()).isNotNull();
        two.end();
        assertThat(limit.inUse()).isEqualTo(1);
    }

    @Test
    void zeroRefusesEverything() {
        assertThat(new ConcurrencyLimit("max_retries", 0).tryAcquire()).isNull();
    }

    @Test
    void aPermitThatIsEndedTwiceIsNoticedAndGivesNothingBack() {
        ConcurrencyLimit limit = new ConcurrencyLimit("max_requests", 2);
        Permit permit = Objects.requireNonNull(limit.tryAcquire());
        permit.end();

        assertThatThrownBy(permit::end)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("permit of max_requests ended twice (expected: once)");
        assertThat(limit.inUse()).isZero();
    }

    @Test
    void theBoundHoldsOverManyThreads() throws Exception {
        ConcurrencyLimit limit = new ConcurrencyLimit("max_requests", 3);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (ExecutorService loops = Executors.newFixedThreadPool(6)) {
            List<Future<?>> done = new ArrayList<>();
            for (int loop = 0; loop < 6; loop++) {
                done.add(loops.submit(() -> {
                    for (int i = 0; i < 5_000; i++) {
                        Permit permit = limit.tryAcquire();
                        if (permit != null) {
                            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                            inside.decrementAndGet();
                            permit.end();
                        }
                    }
                }));
            }
            for (Future<?> one : done) {
                one.get();
            }
        }

        assertThat(most.get()).isBetween(1, 3);
        assertThat(limit.inUse()).isZero();
    }

    @Test
    void aSmallerBoundLetsThoseInUseEndAndAdmitsNobodyUntilThen() {
        CircuitBreaker breaker = new CircuitBreaker(CircuitBreaker.Limits.defaults());
        ConcurrencyLimit requests = breaker.requests();
        assertThat(requests.tryTake()).isTrue();
        assertThat(requests.tryTake()).isTrue();
        breaker.resize(new CircuitBreaker.Limits(1, 1, 1, 1));

        assertThat(requests.inUse()).isEqualTo(2);
        requests.giveBack();
        assertThat(requests.tryTake()).isFalse();
        requests.giveBack();
        assertThat(requests.tryTake()).isTrue();
    }

    @Test
    void givingBackMoreThanWasTakenIsNoticed() {
        ConcurrencyLimit limit = new ConcurrencyLimit("max_requests", 1);

        assertThatThrownBy(limit::giveBack)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("permit of max_requests given back twice (expected: once)");
        assertThat(limit.inUse()).isZero();
    }

    @Test
    void aNegativeLimitIsRefused() {
        assertThatThrownBy(() -> new ConcurrencyLimit("max_requests", -1))
                .hasMessage("max_requests: -1 (expected: >= 0)");
    }
}

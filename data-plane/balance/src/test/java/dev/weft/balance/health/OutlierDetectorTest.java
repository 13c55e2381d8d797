package dev.weft.balance.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.balance.ClusterEndpoints;
import dev.weft.balance.Endpoint;
import dev.weft.balance.EndpointConfig;
import dev.weft.balance.EndpointSettings;
import dev.weft.balance.HealthMark;
import dev.weft.balance.health.OutlierSettings.SuccessRate;
import dev.weft.balance.policy.RoundRobin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OutlierDetectorTest {

    private final AtomicLong clock = new AtomicLong(5);
    private final ClusterEndpoints cluster = new ClusterEndpoints(
            EndpointSettings.of(new RoundRobin()), clock::get, new SplittableRandom(1), Runnable::run);

    @Test
    void fiveServerErrorsInARowEjectAndASuccessInBetweenDoesNot() {
        OutlierDetector detector = detector(settings(100), 3);
        Endpoint endpoint = endpoint(0);
        repeat(4, detector, endpoint, Outcome.SERVER_ERROR);
        detector.record(endpoint, Outcome.SUCCESS);
        repeat(4, detector, endpoint, Outcome.SERVER_ERROR);
        assertThat(ejected()).isEmpty();

        detector.record(endpoint, Outcome.SERVER_ERROR);
        assertThat(ejected()).containsExactly(endpoint);
    }

    @Test
    void gatewayAndLocalFailuresCountAsServerErrorsToo() {
        OutlierDetector detector = detector(settings(100), 3);
        detector.record(endpoint(0), Outcome.SERVER_ERROR);
        repeat(2, detector, endpoint(0), Outcome.GATEWAY_FAILURE);
        repeat(2, detector, endpoint(0), Outcome.LOCAL_FAILURE);

        assertThat(ejected()).containsExactly(endpoint(0));
    }

    @Test
    void eachRuleHasItsOwnThreshold() {
        OutlierSettings gateway = rules(0, 2, 0);
        OutlierSettings local = rules(0, 0, 3);
        OutlierDetector first = detector(gateway, 3);
        repeat(9, first, endpoint(0), Outcome.SERVER_ERROR);
        assertThat(ejected()).isEmpty();
        repeat(2, first, endpoint(0), Outcome.GATEWAY_FAILURE);
        assertThat(ejected()).containsExactly(endpoint(0));

        OutlierDetector second = detector(local, 3);
        repeat(9, second, endpoint(1), Outcome.GATEWAY_FAILURE);
        assertThat(ejected()).containsExactly(endpoint(0));
        repeat(3, second, endpoint(1), Outcome.LOCAL_FAILURE);
        assertThat(ejected()).containsExactly(endpoint(0), endpoint(1));
    }

    @Test
    void theFirstEjectionLastsTheBaseTimeAndTheNextTwiceThat() {
        OutlierDetector detector = detector(settings(100), 2);
        eject(detector, endpoint(0));
        advance(detector, 20);
        assertThat(ejected()).hasSize(1);
        advance(detector, 10);
        assertThat(ejected()).isEmpty();

        eject(detector, endpoint(0)); // at once, so that nothing was forgiven in between
        advance(detector, 50);
        assertThat(ejected()).hasSize(1);
        advance(detector, 10);
        assertThat(ejected()).isEmpty();
    }

    @Test
    void anEjectionNeverLastsLongerThanTheMaximum() {
        OutlierDetector detector = detector(settings(100), 2);
        for (int i = 1; i <= 20; i++) {
            eject(detector, endpoint(0));
            int seconds = 0;
            while (!ejected().isEmpty()) {
                advance(detector, 10);
                seconds += 10;
            }
            assertThat(seconds).isEqualTo(Math.min(300, 30 * i));
        }

        assertThat(detector.ejections(endpoint(0))).isEqualTo(20);
    }

    @Test
    void eachIntervalInRotationForgivesOneEjection() {
        OutlierDetector detector = detector(settings(100), 2);
        eject(detector, endpoint(0));
        advance(detector, 30);
        assertThat(detector.ejections(endpoint(0))).isEqualTo(1);
        advance(detector, 10);
        assertThat(detector.ejections(endpoint(0))).isZero();
    }

    @Test
    void noMoreThanTheirPercentageGoButOneAlwaysMay() {
        OutlierDetector detector = detector(settings(10), 4);
        for (int i = 0; i < 4; i++) {
            eject(detector, endpoint(i));
        }

        assertThat(ejected()).containsExactly(endpoint(0));
    }

    @Test
    void aThirdOfTenAllowsFour() {
        // While the limit is not reached one more may go, as in Envoy: 3 of 10 are below 33 %.
        OutlierDetector detector = detector(settings(33), 10);
        for (int i = 0; i < 10; i++) {
            eject(detector, endpoint(i));
        }

        assertThat(ejected()).hasSize(4);
    }

    @Test
    void aSuccessRateFarBelowTheOthersEjects() {
        OutlierDetector detector = detector(rules(0, 0, 0), 6);
        for (int i = 0; i < 6; i++) {
            repeat(95, detector, endpoint(i), Outcome.SUCCESS);
            repeat(i == 2 ? 30 : 5, detector, endpoint(i), Outcome.SERVER_ERROR);
        }
        detector.tick();

        assertThat(ejected()).containsExactly(endpoint(2));
    }

    @Test
    void successRatesAreNotComparedAmongTooFewEndpointsOrRequests() {
        OutlierDetector few = detector(rules(0, 0, 0), 4);
        for (int i = 0; i < 4; i++) {
            repeat(200, few, endpoint(i), i == 0 ? Outcome.SERVER_ERROR : Outcome.SUCCESS);
        }
        few.tick();
        assertThat(ejected()).isEmpty();

        OutlierDetector quiet = detector(rules(0, 0, 0), 6);
        for (int i = 0; i < 6; i++) {
            repeat(99, quiet, endpoint(i), i == 0 ? Outcome.SERVER_ERROR : Outcome.SUCCESS);
        }
        quiet.tick();
        assertThat(ejected()).isEmpty();
    }

    @Test
    void failuresOfManyThreadsEjectOnceAndOnlyWithinTheLimit() throws Exception {
        OutlierDetector detector = detector(settings(50), 4);
        try (ExecutorService loops = Executors.newFixedThreadPool(4)) {
            List<Future<?>> done = new ArrayList<>();
            for (int loop = 0; loop < 4; loop++) {
                Endpoint endpoint = endpoint(loop);
                done.add(loops.submit(() -> repeat(500, detector, endpoint, Outcome.LOCAL_FAILURE)));
            }
            for (Future<?> one : done) {
                one.get();
            }
        }

        assertThat(ejected()).hasSize(2);
        assertThat(ejected()).allMatch(endpoint -> detector.ejections(endpoint) == 1);
    }

    @Test
    void statusesAreOutcomes() {
        assertThat(Outcome.ofStatus(200)).isEqualTo(Outcome.SUCCESS);
        assertThat(Outcome.ofStatus(499)).isEqualTo(Outcome.SUCCESS);
        assertThat(Outcome.ofStatus(500)).isEqualTo(Outcome.SERVER_ERROR);
        assertThat(Outcome.ofStatus(501)).isEqualTo(Outcome.SERVER_ERROR);
        assertThat(Outcome.ofStatus(503)).isEqualTo(Outcome.GATEWAY_FAILURE);
    }

    @Test
    void badSettingsAreRefused() {
        assertThatThrownBy(() -> rules(-1, 0, 0)).hasMessage("consecutive_5xx: -1 (expected: >= 0)");
        assertThatThrownBy(() -> settings(101)).hasMessage("max_ejection_percent: 101 (expected: 0..100)");
    }

    private OutlierDetector detector(OutlierSettings settings, int endpoints) {
        List<EndpointConfig> configs = new ArrayList<>();
        for (int i = 0; i < endpoints; i++) {
            configs.add(EndpointConfig.of("10.0.0." + i + ":80"));
        }
        cluster.update(configs);
        return new OutlierDetector(settings, cluster, clock::get, new SplittableRandom(1));
    }

    private Endpoint endpoint(int index) {
        return cluster.endpoints().get(index);
    }

    private List<Endpoint> ejected() {
        return cluster.endpoints().stream()
                .filter(endpoint -> endpoint.has(HealthMark.OUTLIER_EJECTED))
                .toList();
    }

    /** Time passes in intervals, as the timer would have it. */
    private void advance(OutlierDetector detector, int seconds) {
        for (int i = 0; i < seconds; i += 10) {
            clock.addAndGet(Duration.ofSeconds(10).toNanos());
            detector.tick();
        }
    }

    private static void eject(OutlierDetector detector, Endpoint endpoint) {
        repeat(5, detector, endpoint, Outcome.SERVER_ERROR);
    }

    private static void repeat(int times, OutlierDetector detector, Endpoint endpoint, Outcome outcome) {
        for (int i = 0; i < times; i++) {
            detector.record(endpoint, outcome);
        }
    }

    private static OutlierSettings settings(int maxEjectedPercent) {
        OutlierSettings usual = OutlierSettings.defaults();
        return new OutlierSettings(
                5,
                5,
                5,
                usual.interval(),
                usual.baseEjection(),
                usual.maxEjection(),
                maxEjectedPercent,
                SuccessRate.off());
    }

    private static OutlierSettings rules(int serverErrors, int gatewayFailures, int localFailures) {
        OutlierSettings usual = OutlierSettings.defaults();
        return new OutlierSettings(
                serverErrors,
                gatewayFailures,
                localFailures,
                usual.interval(),
                usual.baseEjection(),
                usual.maxEjection(),
                100,
                SuccessRate.defaults());
    }
}

package dev.weft.proxy.cluster;

import dev.weft.balance.health.ActiveHealth;
import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks one endpoint one question again and again: the first time at once, then every interval, counted from question to question
 * and shortened at random by up to a tenth so that the checks of many proxies and endpoints drift apart. A dead endpoint is thus
 * known after at most {@code interval · threshold + timeout}.
 *
 * <p>Confined to the event loop of its timer. The deadline is the next question while none is open, and the open one's timeout
 * otherwise.
 */
final class EndpointCheck extends Deadline implements Probe.Answer {
    private static final double JITTER = 0.1;

    private final HealthCheck config;
    private final Probe probe;
    private final LoopTimer timer;
    private final RandomGenerator random;
    private final ActiveHealth health;
    private final Runnable onResult;

    private Probe.@Nullable Question open;
    private boolean asking;
    private long askedAtNanos;
    private boolean degraded;
    private String lastFailure = "";

    /**
     * @param onResult called after every result
     */
    EndpointCheck(HealthCheck config, Probe probe, LoopTimer timer, RandomGenerator random, Runnable onResult) {
        this.config = config;
        this.probe = probe;
        this.timer = timer;
        this.random = random;
        this.health = new ActiveHealth(config.healthyThreshold(), config.unhealthyThreshold(), true);
        this.onResult = onResult;
    }

    void start() {
        ask();
    }

    void stop() {
        timer.cancel(this);
        asking = false;
        giveUp();
        probe.close();
    }

    boolean isChecked() {
        return health.isChecked();
    }

    boolean isHealthy() {
        return health.isHealthy();
    }

    boolean isDegraded() {
        return degraded;
    }

    /** Why the last question that failed did; empty where none has. */
    String lastFailure() {
        return lastFailure;
    }

    @Override
    protected void expired() {
        if (asking) {
            giveUp();
            unwell("no answer within " + config.timeout().toMillis() + " ms");
        } else {
            ask();
        }
    }

    @Override
    public void well(boolean degraded) {
        if (asking) {
            this.degraded = degraded;
            health.succeeded();
            answered();
        }
    }

    @Override
    public void unwell(String reason) {
        if (asking) {
            lastFailure = reason;
            health.failed();
            answered();
        }
    }

    private void ask() {
        asking = true;
        askedAtNanos = timer.nanos();
        timer.arm(this, config.timeout().toNanos());
        Probe.Question question = probe.ask(this);
        if (asking) {
            open = question;
        }
    }

    private void answered() {
        asking = false;
        open = null;
        double shortened = 1 - JITTER * random.nextDouble();
        timer.armAt(this, askedAtNanos + (long) (config.interval().toNanos() * shortened));
        onResult.run();
    }

    private void giveUp() {
        Probe.Question question = open;
        open = null;
        if (question != null) {
            question.cancel();
        }
    }
}

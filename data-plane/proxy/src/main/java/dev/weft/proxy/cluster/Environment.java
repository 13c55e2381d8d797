package dev.weft.proxy.cluster;

import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.time.LoopTimer;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * What a cluster needs of the world: immutable.
 *
 * @param home the loop of its checks, look-ups and ejections
 * @param timer of that loop
 * @param random used on that loop only
 * @param compiler where pickers are compiled
 * @param probes makes a check's probe
 * @param names looks names up on the home loop
 */
record Environment(
        EventLoop home,
        LoopTimer timer,
        RandomGenerator random,
        Executor compiler,
        ProbeFactory probes,
        NameLookup names) {
    /** For use elsewhere than on the home loop, by one thread at a time. */
    RandomGenerator newRandom() {
        return new SplittableRandom(random.nextLong());
    }

    /** How the checks of a cluster ask. */
    interface ProbeFactory {
        /**
         * @param address of the endpoint, with the check's own port where it has one
         */
        Probe probe(Cluster cluster, HealthCheck check, InetSocketAddress address);
    }
}

package dev.weft.balance;

import dev.weft.balance.policy.Ketama;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A pick from a Ketama ring of that many endpoints by a hash, and what a change of one endpoint costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class KetamaBenchmark {
    @Param({"3", "100", "1000"})
    private int endpoints;

    private final RandomGenerator random = new SplittableRandom(1);
    private final PickContext context = new PickContext(random);
    private ClusterEndpoints cluster = ClusterEndpoints.of(new Ketama(), List.of());
    private boolean smaller;

    @Setup
    public void join() {
        cluster = ClusterEndpoints.of(new Ketama(), first(endpoints));
    }

    private static List<EndpointConfig> first(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> EndpointConfig.of("10.0." + i / 250 + "." + (i % 250 + 1) + ":8080"))
                .toList();
    }

    @Benchmark
    public Pick pick() {
        context.reset();
        context.hash(random.nextLong());
        return cluster.pick(context);
    }

    /** The last endpoint leaves, or comes back: the whole ring is made anew. */
    @Benchmark
    public EndpointChange change() {
        smaller = !smaller;
        return cluster.update(first(smaller ? endpoints - 1 : endpoints));
    }
}

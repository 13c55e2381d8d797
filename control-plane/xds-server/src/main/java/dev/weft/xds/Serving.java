package dev.weft.xds;

import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/** Immutable. What every stream of one server shares. */
record Serving(
        SnapshotSource source,
        XdsObserver observer,
        Settings settings,
        XdsClock clock,
        Executor threads,
        RandomGenerator random,
        StreamRegistry streams,
        StreamAdmission admission) {}

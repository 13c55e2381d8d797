package dev.weft.controlplane;

import dev.weft.controlplane.store.Store;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a control plane runs with. Immutable.
 *
 * @param store opens the store; called once, after everything else is known to be valid
 * @param advertise host that other replicas reach this one at; absent: the host of {@code listen}
 * @param leaseTtl how long instances outlive the last replica
 * @param absence how long an instance whose sidecar broke off may take to come back
 * @param warmUp how long, after an outage of all replicas, nodes are left with what they have
 * @param security of the port for xDS and management; absent: plain text
 */
record Options(
        Supplier<Store> store,
        InetSocketAddress listen,
        InetSocketAddress admin,
        Optional<String> advertise,
        Duration leaseTtl,
        Duration absence,
        Duration warmUp,
        Duration drain,
        Optional<TransportSecurity> security) {}

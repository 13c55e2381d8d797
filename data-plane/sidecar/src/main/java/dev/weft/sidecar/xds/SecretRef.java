package dev.weft.sidecar.xds;

import java.time.Duration;

/**
 * A secret that a control plane is asked for. Immutable.
 *
 * @param initialFetchTimeout how long whoever names it waits for it; zero for ever
 */
public record SecretRef(Secret.Kind kind, String name, Duration initialFetchTimeout) {}

package dev.weft.controlplane;

import java.util.Optional;

/** The version of this build, from the jar's manifest. Immutable. */
final class Version {
    static final String TEXT = Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
            .orElse("development");

    private Version() {}
}

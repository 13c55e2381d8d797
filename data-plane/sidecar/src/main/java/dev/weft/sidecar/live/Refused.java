package dev.weft.sidecar.live;

import dev.weft.sidecar.xds.ResourceType;
import java.util.List;

/** A version of a resource that was refused, until an accepted one comes. Immutable. */
public record Refused(ResourceType type, String name, String version, List<String> problems) {
    public Refused {
        problems = List.copyOf(problems);
    }
}

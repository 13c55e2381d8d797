package dev.weft.controlplane.mesh;

import dev.weft.api.validation.Validation.Kinds;
import dev.weft.v1.Resource;
import dev.weft.v1.ResourceRef;

/** Where things stand in the store. Pure. */
public final class Keys {
    /** Applied resources: {@code config/route/web}. */
    public static final String CONFIG = "config/";
    /** Registered instances: {@code instance/web/web.host-1.15006}. */
    public static final String INSTANCE = "instance/";
    /** What was done, one entry for each apply, in the order of time. */
    public static final String HISTORY = "history/";
    /** Running replicas, each under its lease. */
    public static final String REPLICA = "replica/";
    /**
     * Written by every apply and expected by it, so that applies follow one another: what was validated is what is stored beside.
     * Its modification revision is the revision of the configuration.
     */
    public static final String GUARD = "guard";

    private Keys() {}

    public static String of(ResourceRef ref) {
        return CONFIG + Kinds.name(ref.getKind()) + "/" + ref.getName();
    }

    public static String of(Resource resource) {
        return CONFIG + Kinds.name(resource) + "/" + resource.getName();
    }

    public static String instance(String service, String node) {
        return INSTANCE + service + "/" + node;
    }
}

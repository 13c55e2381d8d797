package dev.weft.balance.policy;

import dev.weft.balance.Endpoint;
import dev.weft.balance.PickContext;

/** Thread-safe. Who owns a hash; for a retry, who owns it among those that were not tried. */
@FunctionalInterface
interface HashLookup {

    /** The hash is given apart from the context, because a request without one has it drawn once per pick. */
    Endpoint owner(long hash, PickContext context);
}

package dev.weft.balance.policy;

import dev.weft.balance.Endpoint;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;

/** Thread-safe. The owner of the request's hash; a request without one goes anywhere, in proportion to what is owned. */
record HashPicker(HashLookup lookup) implements Picker {

    @Override
    public Endpoint pick(PickContext context) {
        return lookup.owner(context.hashOrRandom(), context);
    }
}

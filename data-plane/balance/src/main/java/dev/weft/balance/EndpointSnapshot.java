package dev.weft.balance;

import org.jspecify.annotations.Nullable;

/**
 * Immutable. Everything a pick reads: groups of endpoints (healthy or degraded of one priority, or all of one that
 * panics) and which hundredth of the load goes to which group.
 */
final class EndpointSnapshot {

    static final EndpointSnapshot EMPTY =
            new EndpointSnapshot(new Group[0], new short[0], Pick.None.NONE_KNOWN, false, false);

    private static final int HUNDREDTHS = 100;

    private final Group[] groups;
    private final short[] groupOfHundredth;
    private final Pick.None whenEmpty;
    private final boolean inPanic;
    private final boolean easesIn;

    /**
     * @param groups in the order of preference, none of them empty
     * @param groupOfHundredth indices into {@code groups}; read only where there are several
     */
    EndpointSnapshot(Group[] groups, short[] groupOfHundredth, Pick.None whenEmpty, boolean inPanic, boolean easesIn) {
        this.groups = groups;
        this.groupOfHundredth = groupOfHundredth;
        this.whenEmpty = whenEmpty;
        this.inPanic = inPanic;
        this.easesIn = easesIn;
    }

    Pick pick(PickContext context) {
        if (groups.length == 0) {
            return whenEmpty;
        }
        Group group = groups[0];
        if (groups.length > 1) {
            group = groups[groupOfHundredth[(int) Long.remainderUnsigned(context.hashOrRandom(), HUNDREDTHS)]];
        }
        Endpoint picked = group.picker().pick(context);
        if (context.attempt() == 0 || !context.hasTried(picked)) {
            return picked;
        }
        return untried(group, picked, context);
    }

    boolean inPanic() {
        return inPanic;
    }

    boolean easesIn() {
        return easesIn;
    }

    /** Anywhere else, the same group first, then by preference; the picked one again where all were tried. */
    private Endpoint untried(Group group, Endpoint picked, PickContext context) {
        Endpoint same = untriedIn(group, context);
        if (same != null) {
            return same;
        }
        for (Group other : groups) {
            Endpoint found = untriedIn(other, context);
            if (found != null) {
                return found;
            }
        }
        return picked;
    }

    private static @Nullable Endpoint untriedIn(Group group, PickContext context) {
        int size = group.candidates().size();
        int start = (int) Long.remainderUnsigned(context.hashOrRandom(), size);
        for (int i = 0; i < size; i++) {
            Endpoint endpoint = group.candidates().endpoint((start + i) % size);
            if (!context.hasTried(endpoint)) {
                return endpoint;
            }
        }
        return null;
    }

    /** Immutable. Endpoints that are balanced as one. */
    record Group(Candidates candidates, Picker picker) {}
}

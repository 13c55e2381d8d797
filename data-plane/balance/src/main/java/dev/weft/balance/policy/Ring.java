package dev.weft.balance.policy;

import dev.weft.balance.Candidates;
import dev.weft.balance.Endpoint;
import dev.weft.balance.PickContext;
import java.util.Arrays;

/** Immutable. Points on a circle of unsigned hashes, each owned by a candidate. */
final class Ring implements HashLookup {

    private final Candidates candidates;
    private final RingPoints points;
    private final int[] owners;

    private Ring(Candidates candidates, RingPoints points, int[] owners) {
        this.candidates = candidates;
        this.points = points;
        this.owners = owners;
    }

    int size() {
        return owners.length;
    }

    /** The hash of the point at {@code index}, unsigned. */
    long hash(int index) {
        return points.hash(index);
    }

    /** The index among the candidates of the endpoint that owns the point at {@code index}. */
    int owner(int index) {
        return owners[index];
    }

    /** The first point whose hash is not below {@code hash}, the very first one past the end. */
    int at(long hash) {
        int index = points.firstNotBelow(hash);
        return index == owners.length ? 0 : index;
    }

    /** The owner of {@code hash}'s point, or clockwise from there the first endpoint that was not tried. */
    @Override
    public Endpoint owner(long hash, PickContext context) {
        int start = at(hash);
        Endpoint first = candidates.endpoint(owners[start]);
        if (context.attempt() == 0 || !context.hasTried(first)) {
            return first;
        }
        for (int i = 1; i < owners.length; i++) {
            Endpoint next = candidates.endpoint(owners[(start + i) % owners.length]);
            if (!context.hasTried(next)) {
                return next;
            }
        }
        return first;
    }

    /** Confined to one compilation. */
    static final class Builder {

        private final Candidates candidates;
        private final int width;
        private long[] hashes = new long[1_024];
        private int[] owners = new int[1_024];
        private int size;

        /** @param width of hashes in bits: 32 or 64 */
        Builder(Candidates candidates, int width) {
            this.candidates = candidates;
            this.width = width;
        }

        void add(long hash, int owner) {
            if (size == hashes.length) {
                hashes = Arrays.copyOf(hashes, size * 2);
                owners = Arrays.copyOf(owners, size * 2);
            }
            hashes[size] = hash;
            owners[size++] = owner;
        }

        /** A ring of all points; equal hashes by ascending address. */
        Ring build() {
            return build(false);
        }

        /** A ring with one point per hash, owned by the smallest address. */
        Ring buildDistinct() {
            return build(true);
        }

        private Ring build(boolean distinct) {
            RingPoints all = RingPoints.of(Arrays.copyOf(hashes, size), width);
            int[] placed = placeOwners(all, ranks());
            if (!distinct) {
                return new Ring(candidates, all, placed);
            }
            long[] keptHashes = new long[size];
            int kept = 0;
            for (int i = 0; i < size; i++) {
                if (i == 0 || all.hash(i) != all.hash(i - 1)) {
                    keptHashes[kept] = all.hash(i);
                    placed[kept++] = placed[i];
                }
            }
            return kept == size
                    ? new Ring(candidates, all, placed)
                    : new Ring(
                            candidates,
                            RingPoints.of(Arrays.copyOf(keptHashes, kept), width),
                            Arrays.copyOf(placed, kept));
        }

        /**
         * The owners in the order of {@code sorted}. Hashes were sorted without their owners, as plain words, and each
         * owner now looks for its place; the rare owners of equal hashes line up by address.
         */
        private int[] placeOwners(RingPoints sorted, int[] byAddress) {
            int[] placed = new int[size];
            Arrays.fill(placed, -1);
            for (int i = 0; i < size; i++) {
                int owner = owners[i];
                int place = sorted.firstNotBelow(hashes[i]);
                while (placed[place] >= 0) {
                    if (byAddress[placed[place]] > byAddress[owner]) {
                        int later = placed[place];
                        placed[place] = owner;
                        owner = later;
                    }
                    place++;
                }
                placed[place] = owner;
            }
            return placed;
        }

        private int[] ranks() {
            Integer[] order = new Integer[candidates.size()];
            Arrays.setAll(order, i -> i);
            Arrays.sort(
                    order,
                    (a, b) -> candidates
                            .endpoint(a)
                            .address()
                            .compareTo(candidates.endpoint(b).address()));
            int[] rank = new int[order.length];
            for (int i = 0; i < order.length; i++) {
                rank[order[i]] = i;
            }
            return rank;
        }
    }
}

package dev.weft.balance;

/** Immutable. Where an endpoint runs, from coarse to fine; empty text means not known. */
public record Locality(String region, String zone, String subZone) implements Comparable<Locality> {

    public static final Locality UNKNOWN = new Locality("", "", "");

    @Override
    public int compareTo(Locality other) {
        int byRegion = region.compareTo(other.region);
        if (byRegion != 0) {
            return byRegion;
        }
        int byZone = zone.compareTo(other.zone);
        return byZone != 0 ? byZone : subZone.compareTo(other.subZone);
    }
}

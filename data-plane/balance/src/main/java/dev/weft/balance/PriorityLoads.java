package dev.weft.balance;

/**
 * Immutable. How the load is split over priorities, in percent.
 *
 * <p>It keeps traffic on the preferred priority as long as that can be expected to carry it, and moves it gradually
 * where it cannot. Inputs are counts of endpoints per priority. A priority's availability is its healthy share times
 * the overprovisioning factor (1.4 by default: 71.4 % healthy endpoints still carry everything), capped at 100 %.
 * Healthy endpoints of P0, P1, … take their availability each until 100 % is given out, then degraded ones do; if all
 * together cannot reach 100 %, the shares are scaled up to it and what rounding leaves goes to the first that is
 * available. A priority panics (all its endpoints count as usable) where less than the threshold of its endpoints is
 * usable, but never while the cluster as a whole is fully available; where all panic, load follows the number of
 * endpoints. All of it is integer arithmetic, as in Envoy's {@code LoadBalancerBase}, whose documentation
 * ("Priority levels", "Panic threshold") is the source.
 */
final class PriorityLoads {

    private final int[] healthyPercent;
    private final int[] degradedPercent;
    private final boolean[] panic;

    private PriorityLoads(int[] healthyPercent, int[] degradedPercent, boolean[] panic) {
        this.healthyPercent = healthyPercent;
        this.degradedPercent = degradedPercent;
        this.panic = panic;
    }

    /**
     * @param total endpoints of each priority, the most preferred first
     * @param healthy how many of them are healthy
     * @param degraded how many of them are degraded
     * @param overprovisioningPercent 140 for the usual factor of 1.4
     * @param panicThresholdPercent 0 turns panic off
     */
    static PriorityLoads of(
            int[] total, int[] healthy, int[] degraded, int overprovisioningPercent, int panicThresholdPercent) {
        int[] healthyAvailability = availability(total, healthy, overprovisioningPercent);
        int[] degradedAvailability = availability(total, degraded, overprovisioningPercent);
        int available = 0;
        for (int i = 0; i < total.length; i++) {
            available = Math.min(100, available + healthyAvailability[i] + degradedAvailability[i]);
        }
        boolean[] panic = new boolean[total.length];
        boolean allPanic = total.length > 0;
        for (int i = 0; i < total.length; i++) {
            int usablePercent =
                    total[i] == 0 ? 0 : (int) (100L * healthy[i] / total[i] + 100L * degraded[i] / total[i]);
            panic[i] = available < 100 && usablePercent < panicThresholdPercent;
            allPanic &= panic[i];
        }
        if (allPanic) {
            return new PriorityLoads(byCount(total), new int[total.length], panic);
        }
        int[] healthyLoad = new int[total.length];
        int[] degradedLoad = new int[total.length];
        if (available > 0) {
            int left = distribute(healthyAvailability, available, 100, healthyLoad);
            left = distribute(degradedAvailability, available, left, degradedLoad);
            giveRest(left, healthyAvailability, healthyLoad, degradedAvailability, degradedLoad);
        }
        return new PriorityLoads(healthyLoad, degradedLoad, panic);
    }

    /** What the healthy endpoints of the priority get; in panic, what all of them get. */
    int healthyPercent(int priority) {
        return healthyPercent[priority];
    }

    int degradedPercent(int priority) {
        return degradedPercent[priority];
    }

    boolean panics(int priority) {
        return panic[priority];
    }

    private static int[] availability(int[] total, int[] usable, int overprovisioningPercent) {
        int[] percent = new int[total.length];
        for (int i = 0; i < total.length; i++) {
            percent[i] = total[i] == 0 ? 0 : (int) Math.min(100, (long) overprovisioningPercent * usable[i] / total[i]);
        }
        return percent;
    }

    /** Returns what is left of {@code load}. */
    private static int distribute(int[] availability, int available, int load, int[] into) {
        int left = load;
        for (int i = 0; i < availability.length; i++) {
            into[i] = Math.min(left, availability[i] * 100 / available);
            left -= into[i];
        }
        return left;
    }

    private static void giveRest(
            int rest, int[] healthyAvailability, int[] healthy, int[] degradedAvailability, int[] degraded) {
        for (int i = 0; i < healthy.length; i++) {
            if (healthyAvailability[i] > 0) {
                healthy[i] += rest;
                return;
            }
        }
        for (int i = 0; i < degraded.length; i++) {
            if (degradedAvailability[i] > 0) {
                degraded[i] += rest;
                return;
            }
        }
    }

    private static int[] byCount(int[] total) {
        long all = 0;
        for (int count : total) {
            all += count;
        }
        int[] load = new int[total.length];
        int given = 0;
        int last = 0;
        for (int i = 0; i < total.length && all > 0; i++) {
            load[i] = (int) (100L * total[i] / all);
            given += load[i];
            last = total[i] > 0 ? i : last;
        }
        if (all > 0) {
            load[last] += 100 - given;
        }
        return load;
    }
}

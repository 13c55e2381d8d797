package dev.weft.balance;

/**
 * Thread-safe: one instance serves all event loops until the healthy set changes. Chooses among the candidates it was
 * compiled from.
 *
 * <p>Implementations should not allocate, must not block, and should avoid endpoints that
 * {@link PickContext#hasTried were tried} while another candidate is left; {@link ClusterEndpoints} moves on by itself
 * where a picker insists on a tried one.
 */
@FunctionalInterface
public interface Picker {

    Endpoint pick(PickContext context);
}

package dev.weft.proxy.upstream;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.time.Deadline;
import dev.weft.proxy.time.LoopTimer;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a pool, from the moment it is dialed: its owner towards the codec, and the deadline that closes it when idle.
 *
 * <p>Confined to the pools' event loop. The deadline is armed when the connection falls idle and not cancelled when it is taken:
 * an expiry that finds it in use is ignored, since falling idle again puts the deadline off, which costs one store.
 */
final class PooledConnection extends Deadline implements ClientConnection.Owner, Dialer.Outcome {
    private final EndpointPool pool;

    /** Whether one of the cluster's connection permits is ours to return. */
    private boolean counted;

    /** Null while it is being dialed. */
    @Nullable
    ClientConnection connection;

    boolean idle;

    /** In its pool's sequence of those that may have a stream free. */
    final LinkedSequence.Link<PooledConnection> free = new LinkedSequence.Link<>(this);

    /** Ends what has lived long enough; null where it may live for ever. */
    private @Nullable Deadline life;

    /** Whether the peer has said how many streams it takes. */
    boolean limitTold;

    final StreamAllowance allowance;

    PooledConnection(EndpointPool pool, boolean counted, StreamAllowance allowance) {
        this.pool = pool;
        this.counted = counted;
        this.allowance = allowance;
    }

    boolean isCounted() {
        return counted;
    }

    /** Closes it, though its client is still there. Whether there was a permit, which is the caller's now. */
    boolean giveUp() {
        boolean permit = counted;
        counted = false;
        pool.closeGracefully(this);
        return permit;
    }

    boolean isUsable() {
        ClientConnection c = connection;
        return c != null
                && c.isReusable()
                && c.availableStreams() > 0
                && allowance.hasRoom(c.activeStreams())
                && (limitTold || c.activeStreams() < pool.expectedStreams())
                && c.channel().isActive();
    }

    @Override
    public void dialed(ClientConnection made) {
        connection = made;
        pool.dialed(this, made);
    }

    /** Takes no new streams from {@code nanos} from now on. */
    void liveFor(LoopTimer timer, long nanos) {
        Deadline end = new Deadline() {
            @Override
            protected void expired() {
                pool.outlived(PooledConnection.this);
            }
        };
        life = end;
        timer.arm(end, nanos);
    }

    /** It is closed. */
    void cancelDeadlines(LoopTimer timer) {
        timer.cancel(this);
        if (life != null) {
            timer.cancel(life);
        }
    }

    @Override
    public void failed(ConnectFailure failure) {
        pool.dialFailed(this, failure);
    }

    @Override
    public void streamEnded(ClientConnection which) {
        pool.streamEnded(this);
    }

    @Override
    public void streamLimitTold(ClientConnection which, int streams) {
        limitTold = true;
        pool.streamLimitTold(this, which, streams);
    }

    @Override
    public void firstAnswered(ClientConnection which) {
        pool.firstAnswered(this);
    }

    @Override
    public void streamRefused(ClientConnection which) {
        pool.streamRefused(this, which.activeStreams() - 1);
    }

    @Override
    public void streamsNotTaken(ClientConnection which, int taken) {
        pool.streamsNotTaken(taken);
    }

    @Override
    public void connectionEnded(ClientConnection which) {
        pool.ended(this);
    }

    @Override
    protected void expired() {
        if (idle && connection != null) {
            pool.leaveIdle(this);
            connection.closeGracefully();
        }
    }
}

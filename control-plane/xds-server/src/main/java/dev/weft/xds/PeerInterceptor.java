package dev.weft.xds;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/** Immutable. Hands the transport's knowledge of the peer to the service that answers the call. */
final class PeerInterceptor implements ServerInterceptor {
    private static final Context.Key<Peer> PEER = Context.keyWithDefault("weft-xds-peer", Peer.UNKNOWN);

    static Peer current() {
        Peer peer = PEER.get();
        return peer == null ? Peer.UNKNOWN : peer;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        Context context = Context.current().withValue(PEER, Peer.of(call.getAttributes()));
        return Contexts.interceptCall(context, call, headers, next);
    }
}

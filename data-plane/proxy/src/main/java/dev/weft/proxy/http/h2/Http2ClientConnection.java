package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.ClientStreamHandler;
import dev.weft.proxy.http.CodecFields;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.StreamLimits;
import dev.weft.proxy.http.StreamReset;
import dev.weft.proxy.model.ClientRules.Underscores;
import dev.weft.proxy.model.Http2Options;
import dev.weft.proxy.time.LoopTimer;
import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection to an upstream.
 *
 * <p>Confined to the channel's event loop. Requests go out at once, before the server's SETTINGS are known; only an upgrade waits
 * for them, since a server must have said that it takes extended CONNECT (RFC 8441, section 3).
 */
public final class Http2ClientConnection extends Http2Connection implements ClientConnection {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final HpackField METHOD = HpackField.of(":method", "");
    private static final HpackField SCHEME = HpackField.of(":scheme", "");
    private static final HpackField AUTHORITY = HpackField.of(":authority", "");
    private static final HpackField PATH = HpackField.of(":path", "");
    private static final HpackField PROTOCOL = HpackField.of(":protocol", "");

    /** Ids are odd and end at 2^31-1; some are left so that the last streams need no care. */
    private static final int LAST_ID = Integer.MAX_VALUE - 2;

    /** Of a connection that its server has broken. */
    private static final long LINGER_MILLIS = 500;

    private record Waiting(Http2ClientStream stream, RequestHead head) {}

    private final Channel channel;
    private final Owner owner;

    /** Of the last request that this connection is for. */
    private final int lastId;

    private final ResponseFields responseFields;
    private final TrailerFields trailerFields;
    private final Headers trailers = new Headers();
    private final List<Waiting> upgrades = new ArrayList<>(0);
    private boolean leaving;
    private boolean served;
    private boolean answered;
    private boolean closing;

    private Http2ClientConnection(
            Channel channel, Http2Options options, StreamLimits limits, LoopTimer timer, Owner owner) {
        super(options, timer, false, options.maxHeaderListBytes());
        this.channel = channel;
        this.owner = owner;
        this.lastId = limits.streams() == 0 ? LAST_ID : (int) Math.min(LAST_ID, 2L * limits.streams() - 1);
        this.responseFields = new ResponseFields(options.maxHeaderListBytes(), limits.fields());
        this.trailerFields = new TrailerFields(options.maxHeaderListBytes(), limits.fields(), Underscores.ALLOW);
    }

    /** Speaks HTTP/2 on a channel that is connected, has settled TLS, if any, and was not read from: the server speaks unasked. */
    public static Http2ClientConnection start(
            Channel channel, Http2Options options, StreamLimits limits, LoopTimer timer, Owner owner) {
        Http2ClientConnection connection = new Http2ClientConnection(channel, options, limits, timer, owner);
        channel.pipeline().addLast("http2", connection);
        return connection;
    }

    /** @throws IllegalArgumentException where method or authority cannot be written, and nothing was */
    @Override
    public ClientStream open(RequestHead head, boolean end, ClientStreamHandler handler) {
        OutgoingHead.check(head);
        Http2ClientStream stream = new Http2ClientStream(this, head, handler);
        if (!isReusable()) {
            stream.endedByPeer(StreamReset.NOT_TAKEN);
        } else if (head.upgrade() != null && !peer.connectProtocol()) {
            upgrades.add(new Waiting(stream, head));
            if (peer.isReceived()) {
                channel.eventLoop().execute(this::settleUpgrades); // not before this method has returned
            }
        } else {
            send(stream, head, end);
        }
        return stream;
    }

    @Override
    public int availableStreams() {
        return isReusable() ? Math.max(0, peer.maxStreams() - activeStreams()) : 0;
    }

    @Override
    public int activeStreams() {
        return streams.size() + upgrades.size();
    }

    @Override
    public boolean isReusable() {
        return !leaving && !isBroken();
    }

    @Override
    public Protocol protocol() {
        return Protocol.HTTP_2;
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public void closeGracefully() {
        leaving = true;
        closeIfDone();
    }

    private void send(Http2ClientStream stream, RequestHead head, boolean end) {
        lastStream = lastStream == 0 ? 1 : lastStream + 2;
        leaving |= lastStream >= lastId;
        stream.id = lastStream;
        streams.put(stream.id, stream);
        encoder.begin();
        String upgrade = head.upgrade();
        boolean connect = head.method().equals("CONNECT");
        encoder.pseudo(METHOD, 2, upgrade != null ? "CONNECT" : head.method());
        if (upgrade != null) {
            encoder.pseudo(PROTOCOL, 0, upgrade);
        }
        if (!connect) {
            encoder.pseudo(SCHEME, 6, head.scheme());
        }
        encoder.pseudo(AUTHORITY, 1, head.authority().isEmpty() ? unnamed() : head.authority());
        if (!connect) {
            encoder.pseudo(PATH, 4, OutgoingHead.path(head.path()));
        }
        HeaderName except = upgrade != null ? WebSocketHandshake.KEY : null;
        encoder.fields(head.headers(), CodecFields.Part.REQUEST, except);
        boolean last = end && upgrade == null; // an upgrade's request has no end: its bytes follow
        writer().headers(encoder.block(), stream.id, last, peer.maxFrameBytes());
        if (last) {
            stream.localEnd();
        } else {
            stream.open(peer.initialWindow());
        }
        flushLater();
    }

    /**
     * A request of HTTP/1.0 may say no host, one of HTTP/2 must (RFC 9113, section 8.3.1): it gets the address that it is sent to, as
     * RFC 9112, section 3.3 has it for a server.
     */
    private String unnamed() {
        if (!(channel.remoteAddress() instanceof InetSocketAddress endpoint) || endpoint.getAddress() == null) {
            return "localhost";
        }
        return NetUtil.toSocketAddressString(endpoint);
    }

    private void settleUpgrades() {
        for (Waiting waiting : List.copyOf(upgrades)) {
            if (upgrades.remove(waiting) && !waiting.stream.isOver()) {
                if (peer.connectProtocol() && isReusable()) {
                    send(waiting.stream, waiting.head, false);
                } else {
                    // Nothing of it was sent; where it is this connection alone that cannot have it, another may.
                    waiting.stream.endedByPeer(isReusable() ? StreamReset.PEER_ERROR : StreamReset.NOT_TAKEN);
                    owner.streamEnded(this);
                }
            }
        }
    }

    ResponseFields decodeHead(Http2ClientStream stream, Headers target, byte[] block, int length) throws Http2Failure {
        responseFields.begin(target);
        decoder.decode(block, 0, length, responseFields);
        responseFields.end();
        check(stream, responseFields.malformed(), responseFields.isTooLarge());
        return responseFields;
    }

    Headers decodeTrailers(Http2ClientStream stream, byte[] block, int length, boolean end) throws Http2Failure {
        trailers.clear();
        trailerFields.begin(trailers);
        decoder.decode(block, 0, length, trailerFields);
        trailerFields.end();
        check(stream, end ? trailerFields.malformed() : "a second head", trailerFields.isTooLarge());
        return trailers;
    }

    private static void check(Http2ClientStream stream, @Nullable String malformed, boolean tooLarge)
            throws Http2Failure {
        if (malformed != null) {
            throw Http2Failure.stream(stream.id, ErrorCode.PROTOCOL_ERROR, malformed);
        }
        if (tooLarge) {
            throw Http2Failure.stream(stream.id, ErrorCode.ENHANCE_YOUR_CALM, "fields larger than their limit");
        }
    }

    @Override
    void writePreface(FrameWriter out) {
        out.bytes(PREFACE);
        out.settings(
                Frames.SETTINGS_ENABLE_PUSH,
                0,
                Frames.SETTINGS_INITIAL_WINDOW_SIZE,
                options.streamWindowBytes(),
                Frames.SETTINGS_MAX_FRAME_SIZE,
                options.maxFrameBytes(),
                Frames.SETTINGS_HEADER_TABLE_SIZE,
                options.headerTableBytes(),
                Frames.SETTINGS_MAX_HEADER_LIST_SIZE,
                options.maxHeaderListBytes());
    }

    @Override
    void headersOfUnknownStream(int stream, byte[] block, int length, boolean end) throws Http2Failure {
        if (isIdle(stream)) {
            throw Http2Failure.connection(ErrorCode.PROTOCOL_ERROR, "HEADERS on idle stream " + stream);
        }
        flood().lateFrame("HEADERS");
        drop(block, length);
        if (!wasReset(stream)) {
            throw Http2Failure.connection(ErrorCode.STREAM_CLOSED, "HEADERS on closed stream " + stream);
        }
    }

    @Override
    boolean isIdle(int stream) {
        return (stream & 1) == 0 || stream > lastStream;
    }

    @Override
    void streamRemoved(Http2Stream stream) {
        served = true;
        owner.streamEnded(this);
        closeIfDone();
    }

    @Override
    void settingsReceived() {
        settleUpgrades();
        owner.streamLimitTold(this, peer.maxStreams());
    }

    /** A response has begun. */
    void answered() {
        if (!answered) {
            answered = true;
            owner.firstAnswered(this);
        }
    }

    /** The server will not process a stream that it has received. */
    void refused() {
        owner.streamRefused(this);
    }

    /** What the server will not process is told so: it may be sent again elsewhere without risk (RFC 9113, section 6.8). */
    @Override
    void goAwayReceived(int lastProcessed, ErrorCode code, String debug) {
        leaving = true;
        if (lastProcessed < lastStream) {
            owner.streamsNotTaken(this, (lastProcessed + 1) / 2);
        }
        StreamReset cause = lastProcessed == 0 && !answered ? StreamReset.REFUSED : StreamReset.NOT_TAKEN;
        for (Http2Stream stream : snapshot()) {
            if (stream.id > lastProcessed) {
                stream.endedByPeer(cause);
            }
        }
        settleUpgrades();
        closeIfDone();
    }

    @Override
    void pongReceived(long opaque) {}

    @Override
    long lingerMillis() {
        return LINGER_MILLIS;
    }

    /** Counts for nothing: each was a request of ours, and the others on the connection would be lost with it. */
    @Override
    void endedEarly() {}

    @Override
    StreamReset lossOf(Http2Stream stream) {
        if (isProtocolBroken()) {
            return StreamReset.PROTOCOL_ERROR;
        }
        return served && !stream.isHeadReceived()
                ? StreamReset.CONNECTION_CLOSED_UNANSWERED
                : StreamReset.CONNECTION_CLOSED;
    }

    @Override
    void connectionGone() {
        for (Waiting waiting : List.copyOf(upgrades)) {
            waiting.stream.endedByPeer(StreamReset.REFUSED);
        }
        upgrades.clear();
        owner.connectionEnded(this);
    }

    private void closeIfDone() {
        if (leaving && activeStreams() == 0 && !closing && !isBroken()) {
            closing = true;
            writer().goAway(0, ErrorCode.NO_ERROR, "");
            writer().flush(channel.newPromise().addListener(sent -> channel.close()));
        }
    }
}

package dev.weft.proxy.cluster;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.HealthCheck;
import dev.weft.proxy.upstream.UpstreamPools;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Well is who answers {@code grpc.health.v1.Health/Check} with SERVING (gRPC Health Checking Protocol). The two messages are so
 * small that they are written and read by hand: a request is one string, field 1; a response one enum, field 1.
 *
 * <p>Confined to its event loop.
 */
final class GrpcProbe implements Probe {
    private static final HeaderName USER_AGENT = HeaderName.of("user-agent");
    private static final int FRAME_HEAD_BYTES = 5;
    private static final int STRING_FIELD_1 = 0x0a;
    private static final int VARINT_FIELD_1 = 0x08;
    private static final int SERVING = 1;
    private static final int MOST_MESSAGE_BYTES = 1024;

    private final HealthCheck.GrpcProbe config;
    private final String authority;
    private final UpstreamPools pools;
    private final CheckTarget target;
    private final byte[] message;

    GrpcProbe(HealthCheck.GrpcProbe config, String clusterName, UpstreamPools pools, CheckTarget target) {
        this.config = config;
        this.authority = config.authority().isEmpty() ? clusterName : config.authority();
        this.pools = pools;
        this.target = target;
        this.message = request(config.service());
    }

    @Override
    public Question ask(Answer answer) {
        Call call = new Call(answer);
        call.begin();
        return call;
    }

    @Override
    public void close() {
        pools.retire(target);
    }

    /** {@code HealthCheckRequest{service}} as protobuf. */
    static byte[] request(String service) {
        byte[] name = service.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(name.length + 6);
        if (name.length > 0) {
            bytes.write(STRING_FIELD_1);
            int length = name.length;
            while (length > 0x7f) {
                bytes.write((length & 0x7f) | 0x80);
                length >>>= 7;
            }
            bytes.write(length);
            bytes.writeBytes(name);
        }
        return bytes.toByteArray();
    }

    /** The status of {@code HealthCheckResponse}, 0 where the field is absent, or -1 where it cannot be read. */
    static int servingStatus(byte[] frame) {
        if (frame.length < FRAME_HEAD_BYTES || frame[0] != 0) {
            return -1;
        }
        if (frame.length == FRAME_HEAD_BYTES) {
            return 0;
        }
        return frame.length >= FRAME_HEAD_BYTES + 2 && frame[FRAME_HEAD_BYTES] == VARINT_FIELD_1
                ? frame[FRAME_HEAD_BYTES + 1]
                : -1;
    }

    private final class Call extends HttpQuestion {
        private final ByteArrayOutputStream frame = new ByteArrayOutputStream();
        private int status;
        private @Nullable String grpcStatus;

        Call(Answer answer) {
            super(pools, target, Protocol.HTTP_2, answer);
        }

        @Override
        void request(RequestHead head) {
            head.method("POST")
                    .scheme(target.config().tls().isPresent() ? "https" : "http")
                    .authority(authority)
                    .path("/grpc.health.v1.Health/Check");
            head.headers().add(HeaderName.CONTENT_TYPE, "application/grpc");
            head.headers().add(HeaderName.TE, "trailers");
            head.headers().add(USER_AGENT, "weft-health-check");
        }

        @Override
        ByteBuf body(ClientConnection connection) {
            ByteBuf body = connection.channel().alloc().buffer(FRAME_HEAD_BYTES + message.length);
            return body.writeByte(0).writeInt(message.length).writeBytes(message);
        }

        @Override
        void responded(ResponseHead head) {
            status = head.status();
            grpcStatus = head.headers().get(HeaderName.GRPC_STATUS);
        }

        @Override
        void received(ByteBuf data) {
            int room = MOST_MESSAGE_BYTES - frame.size();
            byte[] bytes = new byte[Math.min(room, data.readableBytes())];
            data.getBytes(data.readerIndex(), bytes);
            frame.writeBytes(bytes);
        }

        @Override
        Verdict verdict(@Nullable Headers trailers) {
            if (trailers != null) {
                grpcStatus = trailers.get(HeaderName.GRPC_STATUS);
            }
            if (status != 200) {
                return Verdict.ofUnwell("status " + status);
            }
            if (!"0".equals(grpcStatus)) {
                return Verdict.ofUnwell("grpc-status " + (grpcStatus == null ? "missing" : grpcStatus));
            }
            int serving = servingStatus(frame.toByteArray());
            return serving == SERVING
                    ? Verdict.ofWell(false)
                    : Verdict.ofUnwell("service \"" + config.service() + "\" is not serving: " + serving);
        }
    }
}

package dev.weft.proxy.forward;

import dev.weft.proxy.failure.FailureAnswer;
import dev.weft.proxy.failure.GrpcStatus;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** The heads and bodies of answers that the proxy gives by itself. Immutable once made; made per answer, off the hot path. */
record LocalResponse(ResponseHead head, ByteBuf body) {
    static LocalResponse of(int status, String contentType, ByteBuf body) {
        ResponseHead head = new ResponseHead().status(status);
        if (!contentType.isEmpty()) {
            head.headers().add(HeaderName.CONTENT_TYPE, contentType);
        }
        return sized(head, body);
    }

    /** Sets the content-length that {@code body} has. */
    static LocalResponse sized(ResponseHead head, ByteBuf body) {
        if (head.status() != 204 && head.status() != 304) {
            head.headers().set(HeaderName.CONTENT_LENGTH, Integer.toString(body.readableBytes()));
        }
        return new LocalResponse(head, body);
    }

    static LocalResponse redirect(int status, String location) {
        ResponseHead head = new ResponseHead().status(status);
        head.headers().add(HeaderName.LOCATION, location);
        return sized(head, Unpooled.EMPTY_BUFFER);
    }

    /** What ends a gRPC response. */
    static Headers grpcStatus(FailureAnswer answer) {
        Headers status = new Headers();
        status.add(HeaderName.GRPC_STATUS, Integer.toString(answer.grpcStatus()));
        status.add(HeaderName.GRPC_MESSAGE, answer.clientText());
        return status;
    }

    /** What a route answers a gRPC call: its own status, in the terms of gRPC ({@link GrpcStatus}). */
    static LocalResponse grpc(int status, String message) {
        ResponseHead head = new ResponseHead().status(200);
        head.headers().add(HeaderName.CONTENT_TYPE, "application/grpc");
        head.headers().add(HeaderName.GRPC_STATUS, Integer.toString(GrpcStatus.ofHttp(status)));
        if (!message.isEmpty()) {
            head.headers().add(HeaderName.GRPC_MESSAGE, GrpcStatus.encoded(message));
        }
        return new LocalResponse(head, Unpooled.EMPTY_BUFFER);
    }

    /** A gRPC request gets status 200 with trailers only (gRPC over HTTP/2, "Responses"), whatever happened. */
    static LocalResponse of(FailureAnswer answer, RequestHead request) {
        if (request.isGrpc()) {
            ResponseHead head = new ResponseHead().status(200);
            head.headers().add(HeaderName.CONTENT_TYPE, "application/grpc");
            head.headers().addAll(grpcStatus(answer));
            return new LocalResponse(head, Unpooled.EMPTY_BUFFER);
        }
        byte[] text = (answer.clientText() + "\n").getBytes(StandardCharsets.US_ASCII);
        return of(answer.status(), "text/plain; charset=utf-8", Unpooled.wrappedBuffer(text));
    }
}

package dev.weft.proxy.forward;

import dev.weft.proxy.failure.GrpcStatus;
import dev.weft.proxy.format.Format;
import dev.weft.proxy.format.RequestFacts;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.HeaderRules;
import dev.weft.proxy.model.LocalReplyRules;
import dev.weft.proxy.model.LocalReplyRules.Condition;
import dev.weft.proxy.model.LogFormat;
import dev.weft.proxy.route.HeaderOps;
import dev.weft.proxy.telemetry.LineFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Immutable: what becomes of the answers that the proxy gives by itself, compiled.
 *
 * <p>A gRPC request is still answered by gRPC's rules: a mapper's fields are added, its text is the message and its status becomes the
 * gRPC status that a client makes of it, but there is no body to be formatted.
 */
public final class LocalReplies {
    private static final HeaderName GRPC_STATUS = HeaderName.GRPC_STATUS;

    private final List<Mapper> mappers;
    private final @Nullable Body body;

    private record Mapper(
            Condition when,
            @Nullable Integer status,
            @Nullable String text,
            @Nullable Body body,
            HeaderOps headers) {}

    /** Makes a body. */
    private record Body(BodyMaker maker, String contentType) {}

    private interface BodyMaker {
        byte[] make(RequestFacts facts);
    }

    /** What an answer is for. */
    interface Subject extends RequestFacts {
        /** Whether a client would take an answer of that status for a tunnel, at whose other end nobody is. */
        boolean takesForTunnel(int status);

        /** Sets what is said, before it is brought into a form. */
        void localReplyBody(String text);
    }

    private LocalReplies(LocalReplyRules rules) {
        this.mappers = rules.mappers().stream().map(LocalReplies::compile).toList();
        this.body = rules.body().map(LocalReplies::compile).orElse(null);
    }

    /**
     * @return null where answers stay as they are
     * @throws IllegalArgumentException where an operator or a field is not known
     */
    public static @Nullable LocalReplies compile(LocalReplyRules rules) {
        return rules.isNone() ? null : new LocalReplies(rules);
    }

    private static Mapper compile(LocalReplyRules.Mapper mapper) {
        return new Mapper(
                mapper.when(),
                mapper.status().orElse(null),
                mapper.text().orElse(null),
                mapper.body().map(LocalReplies::compile).orElse(null),
                HeaderOps.compile(new HeaderRules(List.of(), List.of(), mapper.headers(), List.of())));
    }

    private static Body compile(LocalReplyRules.Body body) {
        BodyMaker maker = switch (body.format()) {
            case LogFormat.Text text -> {
                Format format = Format.of(text.template());
                String absent = text.omitEmpty() ? "" : "-";
                yield facts -> text(format, absent, facts).getBytes(StandardCharsets.UTF_8);
            }
            case LogFormat.Json json -> {
                LineFormat format = LineFormat.compile(json);
                yield facts -> (format.text(facts) + "\n").getBytes(StandardCharsets.US_ASCII);
            }
        };
        return new Body(maker, body.contentType());
    }

    private static String text(Format format, String absent, RequestFacts facts) {
        StringBuilder text = new StringBuilder();
        format.write(facts, new Format.Writer() {
            @Override
            public void literal(String part) {
                text.append(part);
            }

            @Override
            public void value(@Nullable String value) {
                text.append(value == null ? absent : value);
            }
        });
        return text.toString();
    }

    /**
     * Changes an answer whose head its subject has already.
     *
     * @param status what it means in HTTP, which for gRPC its head does not say
     * @return the same, or what takes its place
     */
    LocalResponse rewrite(LocalResponse local, int status, Subject subject) {
        ResponseHead head = local.head();
        Mapper mapper = find(status, subject.failureFlag());
        if (mapper != null) {
            mapper.headers.applyToResponse(head.headers(), subject);
        }
        if (head.headers().contains(GRPC_STATUS)) {
            if (mapper != null) {
                mapGrpc(mapper, head.headers());
            }
            return local;
        }
        String text = mapper == null ? null : mapper.text;
        Body made = mapper == null || mapper.body == null ? body : mapper.body;
        if (mapper != null && mapper.status != null && !subject.takesForTunnel(mapper.status)) {
            head.status(mapper.status);
        }
        if (text == null && made == null && head.status() == status) {
            return local;
        }
        return LocalResponse.sized(head, content(local, text, made, subject));
    }

    private static ByteBuf content(LocalResponse local, @Nullable String text, @Nullable Body made, Subject subject) {
        int status = local.head().status();
        if (status == 204 || status == 304) {
            local.body().release();
            local.head().headers().remove(HeaderName.CONTENT_TYPE);
            local.head().headers().remove(HeaderName.CONTENT_LENGTH);
            return Unpooled.EMPTY_BUFFER;
        }
        if (text == null && made == null) {
            return local.body();
        }
        String given = text == null ? local.body().toString(StandardCharsets.UTF_8) : text;
        local.body().release();
        if (made == null) {
            return Unpooled.wrappedBuffer(given.getBytes(StandardCharsets.UTF_8));
        }
        subject.localReplyBody(given.endsWith("\n") ? given.substring(0, given.length() - 1) : given);
        local.head().headers().set(HeaderName.CONTENT_TYPE, made.contentType);
        return Unpooled.wrappedBuffer(made.maker.make(subject));
    }

    private @Nullable Mapper find(int status, @Nullable String flag) {
        for (Mapper mapper : mappers) {
            if (holds(mapper.when, status, flag)) {
                return mapper;
            }
        }
        return null;
    }

    private static boolean holds(Condition condition, int status, @Nullable String flag) {
        return switch (condition) {
            case Condition.Status range -> status >= range.least() && status <= range.most();
            case Condition.Failed failed ->
                flag != null && (failed.flags().isEmpty() || failed.flags().contains(flag));
            case Condition.All all -> all.conditions().stream().allMatch(each -> holds(each, status, flag));
            case Condition.Any any -> any.conditions().stream().anyMatch(each -> holds(each, status, flag));
        };
    }

    private static void mapGrpc(Mapper mapper, Headers headers) {
        if (mapper.status != null) {
            headers.set(GRPC_STATUS, Integer.toString(GrpcStatus.ofHttp(mapper.status)));
        }
        if (mapper.text != null) {
            headers.set(HeaderName.GRPC_MESSAGE, GrpcStatus.encoded(mapper.text));
        }
    }
}

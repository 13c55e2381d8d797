package dev.weft.xds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import com.google.rpc.Status;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Immutable; one instance is shared by every snapshot and stream that serves it. A named resource, serialized once.
 *
 * <p>The version is a digest of the content, so replicas that render the same content name the same version without
 * talking to each other. Two resources of equal type, name and version are taken to be the same.
 */
public final class XdsResource {
    private static final int VERSION_BYTES = 12;

    private final ResourceKey key;
    private final String version;
    private final Any body;
    private final Set<ResourceKey> references;
    private final Optional<Duration> ttl;
    private final Optional<Status> error;
    private final Resource envelope;
    private final long fingerprint;

    private XdsResource(
            ResourceKey key,
            String version,
            Any body,
            Set<ResourceKey> references,
            Optional<Duration> ttl,
            Optional<Status> error) {
        this.key = key;
        this.version = version;
        this.body = body;
        this.references = references;
        this.ttl = ttl;
        this.error = error;
        this.envelope = Resource.newBuilder()
                .setName(key.name())
                .setVersion(version)
                .setResource(body)
                .build();
        this.fingerprint = ByteBuffer.wrap(sha256((key.name() + '\0' + version).getBytes(StandardCharsets.UTF_8)))
                .getLong();
    }

    /**
     * Serializes {@code message} and reads from it which other resources it refers to.
     *
     * @throws IllegalArgumentException when a part of the message that refers to others cannot be parsed
     */
    public static XdsResource of(ResourceType type, String name, Message message) {
        return of(type, name, message, References.of(message));
    }

    /** As {@link #of(ResourceType, String, Message)}, for content whose references the caller knows better. */
    public static XdsResource of(ResourceType type, String name, Message message, Set<ResourceKey> references) {
        if (name.isEmpty() || name.equals("*")) {
            throw new IllegalArgumentException("name: \"" + name + "\" (expected: a name other than \"\" and \"*\")");
        }
        ByteString bytes = serialize(message);
        Any body = Any.newBuilder().setTypeUrl(type.typeUrl()).setValue(bytes).build();
        String version = HexFormat.of().formatHex(sha256(bytes.toByteArray()), 0, VERSION_BYTES);
        return new XdsResource(
                new ResourceKey(type, name), version, body, Set.copyOf(references), Optional.empty(), Optional.empty());
    }

    /**
     * In place of a resource that should exist and cannot be served: clients are told why, and keep what they have
     * (S38).
     */
    public static XdsResource unavailable(ResourceType type, String name, Status error) {
        String version = HexFormat.of().formatHex(sha256(serialize(error).toByteArray()), 0, VERSION_BYTES);
        return new XdsResource(
                new ResourceKey(type, name),
                version,
                Any.getDefaultInstance(),
                Set.of(),
                Optional.empty(),
                Optional.of(error));
    }

    /** A resource of which only the version is known, by the word of a client that reconnects with it. */
    static XdsResource opaque(ResourceType type, String name, String version) {
        return new XdsResource(
                new ResourceKey(type, name),
                version,
                Any.getDefaultInstance(),
                Set.of(),
                Optional.empty(),
                Optional.empty());
    }

    boolean isOpaque() {
        return body.getTypeUrl().isEmpty() && error.isEmpty();
    }

    /** The same resource, which a client that understands time to live drops when no heartbeat comes for so long. */
    public XdsResource withTtl(Duration lifetime) {
        if (lifetime.isNegative() || lifetime.isZero()) {
            throw new IllegalArgumentException("ttl: " + lifetime + " (expected: > 0s)");
        }
        return new XdsResource(key, version, body, references, Optional.of(lifetime), error);
    }

    public ResourceKey key() {
        return key;
    }

    public ResourceType type() {
        return key.type();
    }

    public String name() {
        return key.name();
    }

    public String version() {
        return version;
    }

    public Any body() {
        return body;
    }

    /** The resources that must be usable before this one is: clusters of a route, endpoints of a cluster, and so on. */
    public Set<ResourceKey> references() {
        return references;
    }

    public Optional<Duration> ttl() {
        return ttl;
    }

    /** Why the resource cannot be served; empty for one that can. */
    public Optional<Status> error() {
        return error;
    }

    /** The resource in its {@code Resource} envelope, with its time to live for clients that understand it (S37). */
    Resource envelope(boolean withTtl) {
        return withTtl && ttl.isPresent() ? withTtl(envelope.toBuilder(), ttl.get()) : envelope;
    }

    /** The envelope alone: it renews the time to live of what the client has. */
    Resource heartbeat() {
        return withTtl(Resource.newBuilder().setName(key.name()).setVersion(version), ttl.orElseThrow());
    }

    private static Resource withTtl(Resource.Builder resource, Duration ttl) {
        return resource.setTtl(com.google.protobuf.Duration.newBuilder()
                        .setSeconds(ttl.toSeconds())
                        .setNanos(ttl.toNanosPart()))
                .build();
    }

    /** A well mixed digest of name and version; sums of these identify sets whatever their order. */
    long fingerprint() {
        return fingerprint;
    }

    boolean sameVersion(@Nullable XdsResource other) {
        return other == this || (other != null && version.equals(other.version));
    }

    @Override
    public String toString() {
        return key + "@" + version;
    }

    // Deterministic, because the version is a digest of these bytes and maps have no order of their own.
    private static ByteString serialize(Message message) {
        byte[] bytes = new byte[message.getSerializedSize()];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.useDeterministicSerialization();
        try {
            message.writeTo(out);
            out.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new UncheckedIOException("an array of the message's own size was too small", e);
        }
        return ByteString.copyFrom(bytes);
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

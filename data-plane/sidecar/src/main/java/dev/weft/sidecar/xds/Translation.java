package dev.weft.sidecar.xds;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.proxy.model.RouteTable;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * From Envoy's resources to the proxy's records. Thread-safe: every conversion is on its own.
 *
 * <p>A conversion either gives a value or says all that is wrong with the resource.
 */
public final class Translation {
    private final FileText files;
    private final Map<String, Secret> secrets;

    /**
     * @param files reads certificates and bodies that resources name as files
     * @param secrets of the bootstrap, by their names
     */
    public Translation(FileText files, Map<String, Secret> secrets) {
        this.files = files;
        this.secrets = Map.copyOf(secrets);
    }

    /** Without secrets of a bootstrap. */
    public Translation(FileText files) {
        this(files, Map.of());
    }

    /** The same with other secrets of the bootstrap. */
    public Translation with(Map<String, Secret> others) {
        return new Translation(files, others);
    }

    /**
     * What became of a resource.
     *
     * @param name as the resource says; empty where it could not be read
     * @param value a {@link ClusterDraft}, {@link Assignment}, {@link ListenerDraft}, {@link RouteTable} or {@link Secret}; null
     *     where refused
     * @param problems all that is wrong with it, with paths; empty where accepted
     */
    public record Translated<T>(String name, @Nullable T value, List<String> problems) {}

    /** Converts a resource that came over xDS. */
    public Translated<?> translate(ResourceType type, ByteString bytes) {
        Problems problems = new Problems();
        try {
            Message message = Message.ofWire(type.messageType(), bytes, problems);
            return switch (type) {
                case CLUSTER -> cluster(message, problems);
                case ENDPOINTS -> endpoints(message, problems);
                case LISTENER -> listener(message, problems);
                case ROUTES -> routes(message, problems);
                case SECRET -> secret(message, problems);
            };
        } catch (InvalidProtocolBufferException e) {
            return new Translated<>("", null, List.of("not a " + type.messageType() + ": " + e.getMessage()));
        }
    }

    /**
     * @param problems may hold what was found when the message was read
     */
    public Translated<ClusterDraft> cluster(Message cluster, Problems problems) {
        return outcome(cluster, "name", new ClusterTranslation(problems, files, secrets).cluster(cluster), problems);
    }

    /** As {@link #cluster}. */
    public Translated<ListenerDraft> listener(Message listener, Problems problems) {
        return outcome(
                listener, "name", new ListenerTranslation(problems, files, secrets).listener(listener), problems);
    }

    /** As {@link #cluster}. */
    public Translated<Secret> secret(Message secret, Problems problems) {
        return outcome(secret, "name", new SecretTranslation(problems, files).secret(secret), problems);
    }

    private Translated<Assignment> endpoints(Message assignment, Problems problems) {
        return outcome(
                assignment, "cluster_name", new EndpointTranslation(problems).assignment(assignment, false), problems);
    }

    private Translated<RouteTable> routes(Message table, Problems problems) {
        String name = table.string("name");
        return outcome(table, "name", new RouteTranslation(problems, files).table(table, name), problems);
    }

    private static <T> Translated<T> outcome(Message resource, String nameField, @Nullable T value, Problems problems) {
        String name = resource.string(nameField);
        if (name.isEmpty()) {
            problems.add(resource.path(nameField), "empty (expected: a name)");
        }
        return new Translated<>(name, problems.isEmpty() ? value : null, problems.list());
    }
}

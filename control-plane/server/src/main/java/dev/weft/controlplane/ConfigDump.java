package dev.weft.controlplane;

import com.google.gson.stream.JsonWriter;
import dev.weft.controlplane.translate.Audience;
import dev.weft.xds.ResourceType;
import dev.weft.xds.Snapshot;
import dev.weft.xds.SnapshotGroups;
import dev.weft.xds.XdsResource;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Optional;

/** What each audience is served: revision, and name and version of every resource, as JSON. Pure. */
final class ConfigDump {
    private ConfigDump() {}

    static String json(SnapshotGroups<Audience> groups) {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            json.setIndent("  ");
            json.beginObject().name("audiences").beginArray();
            for (Audience audience : groups.keys()) {
                Optional<Snapshot> snapshot = groups.snapshot(audience);
                json.beginObject();
                json.name("role").value(audience.role().name()).name("name").value(audience.name());
                json.name("client").value(audience.kind().name());
                if (snapshot.isPresent()) {
                    snapshot(json, snapshot.get());
                }
                json.endObject();
            }
            json.endArray().endObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a StringWriter does not fail", e);
        }
        return text.append('\n').toString();
    }

    private static void snapshot(JsonWriter json, Snapshot snapshot) throws IOException {
        json.name("revision").value(snapshot.revision()).name("resources").beginObject();
        for (ResourceType type : snapshot.types()) {
            json.name(type.shortName()).beginObject();
            for (XdsResource resource : snapshot.resources(type).values()) {
                json.name(resource.name()).value(resource.version());
            }
            json.endObject();
        }
        json.endObject();
    }
}

package dev.weft.sidecar.discovery;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.weft.sidecar.live.Received;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code DiscoveryResponse}, state of the world, as far as it is used. Immutable. */
public record WorldResponse(String typeUrl, String version, String nonce, List<Received> resources) {
    static WorldResponse read(ByteString message) throws IOException {
        CodedInputStream in = message.newCodedInput();
        List<ByteString> anys = new ArrayList<>();
        String version = "";
        String typeUrl = "";
        String nonce = "";
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 1 -> version = in.readStringRequireUtf8();
                case 2 -> anys.add(in.readBytes());
                case 4 -> typeUrl = in.readStringRequireUtf8();
                case 5 -> nonce = in.readStringRequireUtf8();
                default -> in.skipField(tag);
            }
        }
        List<Received> resources = new ArrayList<>(anys.size());
        for (ByteString any : anys) {
            resources.add(ResourceWire.readBare(any, version));
        }
        return new WorldResponse(typeUrl, version, nonce, resources);
    }
}

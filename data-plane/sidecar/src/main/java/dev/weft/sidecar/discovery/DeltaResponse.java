package dev.weft.sidecar.discovery;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.weft.sidecar.live.Received;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code DeltaDiscoveryResponse}, as far as it is used. Immutable. */
public record DeltaResponse(String typeUrl, String nonce, List<Received> resources, List<String> removed) {
    static DeltaResponse read(ByteString message) throws IOException {
        CodedInputStream in = message.newCodedInput();
        List<Received> resources = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        String typeUrl = "";
        String nonce = "";
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 2 -> resources.add(ResourceWire.read(in.readBytes()));
                case 4 -> typeUrl = in.readStringRequireUtf8();
                case 5 -> nonce = in.readStringRequireUtf8();
                case 6 -> removed.add(in.readStringRequireUtf8());
                default -> in.skipField(tag);
            }
        }
        return new DeltaResponse(typeUrl, nonce, resources, removed);
    }
}

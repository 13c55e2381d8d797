package dev.weft.sidecar.discovery;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.weft.sidecar.live.Received;
import java.io.IOException;

/** {@code envoy.service.discovery.v3.Resource}, and the {@code Any} in it. Stateless. */
public final class ResourceWire {
    private static final int VERSION = 1;
    private static final int RESOURCE = 2;
    private static final int NAME = 3;
    private static final int ANY_TYPE_URL = 1;
    private static final int ANY_VALUE = 2;
    private static final String TYPE_URL = "type.googleapis.com/envoy.service.discovery.v3.Resource";

    private ResourceWire() {}

    public static ByteString write(Received resource) {
        return new WireWriter()
                .string(VERSION, resource.version())
                .bytes(
                        RESOURCE,
                        new WireWriter()
                                .string(ANY_TYPE_URL, resource.typeUrl())
                                .bytes(ANY_VALUE, resource.bytes())
                                .message())
                .string(NAME, resource.name())
                .message();
    }

    /** @throws IOException where the bytes are no such message */
    public static Received read(ByteString message) throws IOException {
        CodedInputStream in = message.newCodedInput();
        String name = "";
        String version = "";
        ByteString any = ByteString.EMPTY;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case VERSION -> version = in.readStringRequireUtf8();
                case RESOURCE -> any = in.readBytes();
                case NAME -> name = in.readStringRequireUtf8();
                default -> in.skipField(tag);
            }
        }
        return readAny(any, name, version);
    }

    /**
     * A resource as state of the world carries it: by itself, or wrapped to give it a name.
     *
     * @param version of the response
     */
    static Received readBare(ByteString any, String version) throws IOException {
        Received bare = readAny(any, "", version);
        if (!bare.typeUrl().equals(TYPE_URL)) {
            return bare;
        }
        Received wrapped = read(bare.bytes());
        return new Received(wrapped.name(), version, wrapped.typeUrl(), wrapped.bytes());
    }

    private static Received readAny(ByteString any, String name, String version) throws IOException {
        CodedInputStream in = any.newCodedInput();
        String typeUrl = "";
        ByteString value = ByteString.EMPTY;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case ANY_TYPE_URL -> typeUrl = in.readStringRequireUtf8();
                case ANY_VALUE -> value = in.readBytes();
                default -> in.skipField(tag);
            }
        }
        return new Received(name, version, typeUrl, value);
    }
}

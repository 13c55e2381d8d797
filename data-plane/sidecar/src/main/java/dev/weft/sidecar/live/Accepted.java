package dev.weft.sidecar.live;

import com.google.protobuf.ByteString;
import dev.weft.sidecar.xds.ResourceType;

/**
 * A resource that was understood. Immutable.
 *
 * @param bytes as received, kept for dumps and for the disk
 * @param value what {@link dev.weft.sidecar.xds.Translation} made of it
 */
public record Accepted(ResourceType type, String name, String version, ByteString bytes, Object value) {}

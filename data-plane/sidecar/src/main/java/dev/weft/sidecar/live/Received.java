package dev.weft.sidecar.live;

import com.google.protobuf.ByteString;

/**
 * A resource as it came. Immutable.
 *
 * @param name as the control plane says beside the resource; empty where only the resource itself says it
 * @param typeUrl of the bytes, which may differ from that of the response
 */
public record Received(String name, String version, String typeUrl, ByteString bytes) {}

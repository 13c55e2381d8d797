package dev.weft.proxy.http.h2;

import dev.weft.proxy.http.HeaderName;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The key and its answer that WebSocket has on HTTP/1 (RFC 6455, section 4) and not on HTTP/2 (RFC 8441, section 5): this side of
 * the codecs a handshake always looks like HTTP/1's, so HTTP/2 adds them where it receives and drops them where it sends.
 *
 * <p>Stateless.
 */
final class WebSocketHandshake {
    static final HeaderName KEY = HeaderName.of("sec-websocket-key");
    static final HeaderName ACCEPT = HeaderName.of("sec-websocket-accept");

    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private WebSocketHandshake() {}

    /** The key proves no identity; it only has to differ from what a cache might hold. */
    static String newKey() {
        byte[] nonce = new byte[16];
        ThreadLocalRandom.current().nextBytes(nonce);
        return Base64.getEncoder().encodeToString(nonce);
    }

    static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}

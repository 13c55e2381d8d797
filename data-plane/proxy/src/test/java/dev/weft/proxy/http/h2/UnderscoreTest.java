package dev.weft.proxy.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.model.ClientRules;
import dev.weft.proxy.model.ClientRules.Underscores;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.testing.Records;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

/** A name with an underscore that comes by its index in the table, where it was found to be plain, is looked at all the same. */
final class UnderscoreTest {
    /** A literal that is added to the table (RFC 7541, section 6.2.1). */
    private static final byte[] ADDED = {0x40, 3, 'x', '_', 'y', 1, '1'};

    /** The same by the first index of the dynamic table. */
    private static final byte[] INDEXED = {(byte) (0x80 | 62)};

    private static final HeaderName NAME = HeaderName.of("x_y");

    @Test
    void itPassesWhereItMay() {
        try (ServerFixture server = server(Underscores.ALLOW)) {
            assertThat(server.accepted).hasSize(2).allMatch(request -> has(request));
        }
    }

    @Test
    void itIsDroppedEachTime() {
        try (ServerFixture server = server(Underscores.DROP)) {
            assertThat(server.accepted).hasSize(2).noneMatch(request -> has(request));
        }
    }

    @Test
    void itIsRefusedEachTime() {
        try (ServerFixture server = server(Underscores.REFUSE)) {
            assertThat(server.accepted).isEmpty();
            assertThat(server.received()).contains("RST_STREAM 1 PROTOCOL_ERROR", "RST_STREAM 3 PROTOCOL_ERROR");
        }
    }

    /** Has been sent it twice, and the second time by its index. */
    private static ServerFixture server(Underscores rule) {
        ServerFixture server = new ServerFixture(HttpOptions.builder()
                .clients(Records.with(ClientRules.DEFAULT, "underscores", rule))
                .build());
        server.greeted();
        get(server, 1, ADDED);
        get(server, 3, INDEXED);
        return server;
    }

    private static void get(ServerFixture server, int stream, byte[] field) {
        byte[] block = ByteBufUtil.getBytes(Unpooled.wrappedBuffer(Wire.block(Wire.request("GET", "/")), field));
        server.send(Wire.frame(Frames.HEADERS, Frames.END_STREAM | Frames.END_HEADERS, stream, block));
    }

    private static boolean has(ServerFixture.Accepted request) {
        return request.head.headers().get(NAME) != null;
    }
}

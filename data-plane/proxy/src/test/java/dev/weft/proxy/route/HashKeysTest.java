package dev.weft.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.balance.hash.HashFunction;
import dev.weft.balance.hash.RequestHash;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.model.HashKey;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HashKeysTest {
    private static RequestHead request(String path) {
        RequestHead head = new RequestHead().authority("web").path(path);
        head.headers().add("x-user", "ann");
        return head;
    }

    private static RequestHash hash(RequestHead head, HashKey... keys) {
        RequestHash hash = new RequestHash(HashFunction.XXH64);
        new HashKeys(List.of(keys)).addTo(hash, head, "10.0.0.1", new Random(1));
        return hash;
    }

    private static RequestHash hashOf(String text) {
        RequestHash hash = new RequestHash(HashFunction.XXH64);
        hash.add(text);
        return hash;
    }

    @Test
    void pseudoHeadersAreHashedAsXdsNamesThemAndThePathWithItsQuery() {
        RequestHead head = request("/a?b=c");

        assertThat(hash(head, new HashKey.Header(":path", false)).value())
                .isEqualTo(hashOf("/a?b=c").value());
        assertThat(hash(head, new HashKey.Header(":authority", false)).value())
                .isEqualTo(hashOf("web").value());
        assertThat(hash(head, new HashKey.Path(false)).value())
                .isEqualTo(hashOf("/a").value());
    }

    @Test
    void partsAfterATerminalOneThatGaveAHashAreLeftOut() {
        RequestHead head = request("/a");

        assertThat(hash(head, new HashKey.Header("x-user", true), new HashKey.Path(false))
                        .value())
                .isEqualTo(hashOf("ann").value());
        assertThat(hash(head, new HashKey.Header("x-none", true), new HashKey.Path(false))
                        .value())
                .isEqualTo(hashOf("/a").value());
    }
}

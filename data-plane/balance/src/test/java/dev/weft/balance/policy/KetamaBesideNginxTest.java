package dev.weft.balance.policy;

import static dev.weft.balance.policy.Fixtures.candidates;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.balance.EndpointConfig;
import dev.weft.balance.PickContext;
import dev.weft.balance.Picker;
import dev.weft.balance.hash.HashFunction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The referee: a real nginx with {@code hash … consistent} and our ring must agree on where each key goes. */
class KetamaBesideNginxTest {

    private static final int KEYS = 1_000;

    @TempDir
    private Path folder = Path.of("set by JUnit");

    private @Nullable RealProxy proxy;
    private int[] ports = new int[0];

    @BeforeEach
    void startNginx() throws Exception {
        Path nginx = RealProxy.binary("nginx", "apt-get install nginx-light");
        ports = RealProxy.freePorts(4);
        Path config = folder.resolve("nginx.conf");
        Files.writeString(config, config(ports));
        proxy = new RealProxy(folder, List.of(nginx.toString(), "-p", folder.toString(), "-c", config.toString()));
        proxy.awaitPort(ports[0]);
    }

    @AfterEach
    void stopNginx() throws InterruptedException {
        if (proxy != null) {
            proxy.stop();
        }
    }

    @Test
    void aThousandRandomKeysGoWhereNginxSendsThem() throws Exception {
        // Weights 1, 2 and 3, as in the configuration of the nginx below.
        Picker picker = new Ketama(true)
                .compile(
                        candidates(
                                EndpointConfig.of("127.0.0.1:" + ports[1]).withWeight(1),
                                EndpointConfig.of("127.0.0.1:" + ports[2]).withWeight(2),
                                EndpointConfig.of("127.0.0.1:" + ports[3]).withWeight(3)),
                        new SplittableRandom(1));
        SplittableRandom random = new SplittableRandom(2_026);
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < KEYS; i++) {
            String key = Long.toString(random.nextLong() & Long.MAX_VALUE, 36);
            PickContext context = new PickContext(random);
            context.hash(HashFunction.CRC32.hash(key));
            int ours = picker.pick(context).address().port();
            seen.add(ours);

            assertThat(Objects.requireNonNull(proxy).answer(ports[0], "/?key=" + key, key))
                    .as("key %s", key)
                    .isEqualTo(ours);
        }

        assertThat(seen).hasSize(3);
    }

    private static String config(int[] ports) {
        return """
                daemon off;
                master_process off;
                pid nginx.pid;
                error_log stderr;
                events {}
                http {
                  access_log off;
                  client_body_temp_path body;
                  proxy_temp_path proxy;
                  fastcgi_temp_path fastcgi;
                  uwsgi_temp_path uwsgi;
                  scgi_temp_path scgi;
                  upstream three {
                    hash $arg_key consistent;
                    server 127.0.0.1:%2$d weight=1;
                    server 127.0.0.1:%3$d weight=2;
                    server 127.0.0.1:%4$d weight=3;
                  }
                  server { listen 127.0.0.1:%1$d; location / { proxy_pass http://three; } }
                  server { listen 127.0.0.1:%2$d; return 200 "%2$d"; }
                  server { listen 127.0.0.1:%3$d; return 200 "%3$d"; }
                  server { listen 127.0.0.1:%4$d; return 200 "%4$d"; }
                }
                """.formatted(ports[0], ports[1], ports[2], ports[3]);
    }
}

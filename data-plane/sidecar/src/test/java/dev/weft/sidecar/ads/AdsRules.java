package dev.weft.sidecar.ads;

import dev.weft.proxy.model.ProxyConfig;
import dev.weft.sidecar.live.HandCrankedTimers;
import dev.weft.sidecar.live.LiveConfig;
import dev.weft.sidecar.live.StaticResources;
import dev.weft.sidecar.xds.FileText;
import dev.weft.sidecar.xds.ResourceType;
import dev.weft.sidecar.xds.Translation;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;

/** A client, two scripted control planes and a clock, all in the test's thread. */
abstract class AdsRules {
    final HandCrankedTimers timers = new HandCrankedTimers();
    final List<ProxyConfig> applied = new ArrayList<>();
    final ScriptedControlPlane first = new ScriptedControlPlane();
    final ScriptedControlPlane second = new ScriptedControlPlane();
    final List<String> unreachable = new ArrayList<>();
    final LiveConfig config = new LiveConfig(
            new StaticResources(List.of(), List.of()), new Translation(FileText.DISK), timers, applied::add);
    private final List<ManagedChannel> channels = new ArrayList<>();

    AdsClient client(AdsClient.Variant variant, ScriptedControlPlane... controlPlanes) {
        Node node = Node.newBuilder()
                .setId("web-1")
                .addClientFeatures("xds.config.resource-in-sotw")
                .build();
        return new AdsClient(
                new AdsClient.Settings(
                        variant,
                        node.toByteString(),
                        Set.of(ResourceType.CLUSTER, ResourceType.LISTENER),
                        new Metadata()),
                new InProcess(controlPlanes),
                config,
                timers,
                Runnable::run,
                new Random(1),
                new AdsClient.Observer() {
                    @Override
                    public void unreachable(String reason) {
                        unreachable.add(reason);
                    }

                    @Override
                    public void answered(ResourceType type) {}
                });
    }

    @AfterEach
    void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        first.close();
        second.close();
    }

    private final class InProcess implements ControlPlanes {
        private final List<ManagedChannel> own = new ArrayList<>();

        InProcess(ScriptedControlPlane... controlPlanes) {
            for (ScriptedControlPlane controlPlane : controlPlanes) {
                own.add(controlPlane.channel());
            }
            channels.addAll(own);
        }

        @Override
        public int size() {
            return own.size();
        }

        @Override
        public ManagedChannel channel(int index) {
            return own.get(index);
        }

        @Override
        public String address(int index) {
            return "cp-" + index;
        }

        @Override
        public void close() {
            own.forEach(ManagedChannel::shutdownNow);
        }
    }
}

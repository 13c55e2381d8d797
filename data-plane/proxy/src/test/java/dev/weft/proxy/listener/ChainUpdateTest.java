package dev.weft.proxy.listener;

import static dev.weft.proxy.listener.ChainsFixture.GET;
import static dev.weft.proxy.listener.ChainsFixture.answer;
import static dev.weft.proxy.listener.ChainsFixture.certificateOf;
import static dev.weft.proxy.listener.ChainsFixture.http;
import static dev.weft.proxy.listener.ChainsFixture.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.HttpOptions;
import dev.weft.proxy.model.ListenerConfig.Chain;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.ServerTls;
import dev.weft.proxy.testing.Opened;
import dev.weft.proxy.testing.RawClient;
import dev.weft.proxy.testing.Records;
import dev.weft.proxy.testing.RevocationList;
import dev.weft.proxy.testing.TestAuthority;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of connections when the chains of their listener change. */
class ChainUpdateTest {
    private static final ChainMatch A = ChainMatch.serverNames("a.example");
    private static final ChainMatch B = ChainMatch.serverNames("b.example");
    private static final ChainMatch C = ChainMatch.serverNames("c.example");

    @RegisterExtension
    private final Opened opened = new Opened();

    private final ChainsFixture fixture = new ChainsFixture(opened);
    private final ServerTls tls = fixture.tls("web.example");
    private final Chain kept = http(A, "kept", tls);
    private final InetSocketAddress address;
    private final RawClient witness;

    ChainUpdateTest() throws Exception {
        fixture.apply(kept, http(B, "b", tls), tcp(C, "origin"));
        address = fixture.proxy().address(ChainsFixture.LISTENER);
        witness = fixture.secure("a.example");
        assertThat(answer(witness)).isEqualTo("kept");
    }

    @AfterEach
    void theOthersWentOnOnTheSameSocket() throws IOException {
        assertThat(witness.send(GET).response().header("connection")).isNull();
        assertThat(fixture.proxy().address(ChainsFixture.LISTENER)).isEqualTo(address);
    }

    private RawClient connected(String name, String expected) throws Exception {
        RawClient client = fixture.secure(name);
        assertThat(answer(client)).isEqualTo(expected);
        return client;
    }

    private static void assertDrains(RawClient client) throws IOException {
        assertThat(client.send(GET).response().header("connection")).isEqualTo("close");
        assertThat(client.receiveToEnd()).isEmpty();
    }

    private static void assertGoesOn(RawClient client, String expected) throws IOException {
        for (int i = 0; i < 2; i++) {
            var response = client.send(GET).response();
            assertThat(response.header("connection")).isNull();
            assertThat(response.body()).isEqualTo(expected);
        }
    }

    @Test
    void thoseOfARemovedChainDrain() throws Exception {
        RawClient client = connected("b.example", "b");

        fixture.apply(kept, tcp(C, "origin"));

        assertDrains(client);
        fixture.plain(); // still accepts
    }

    @Test
    void whoHasNothingToDoIsClosedInAMoment() throws Exception {
        RawClient client = connected("b.example", "b");

        fixture.apply(kept);

        assertThat(client.receiveToEnd()).isEmpty();
    }

    @Test
    void thoseOfAChainThatAsksMoreOfItsClientsDrain() throws Exception {
        RawClient client = connected("b.example", "b");
        ServerTls.Clients proven = new ServerTls.Clients(fixture.authority.pem(), List.of(), true);

        fixture.apply(kept, http(B, "b", Records.with(tls, "clients", Optional.of(proven))), tcp(C, "origin"));

        assertDrains(client);
    }

    @Test
    void anAuthorityMoreOrANewRevocationListConcernsNobodyWhoIsIn() throws Exception {
        TestAuthority second = new TestAuthority("second");
        String ours = fixture.authority.pem();
        fixture.apply(kept, asking(ours, Optional.empty()), tcp(C, "origin"));
        RawClient client = connected("b.example", "b");

        fixture.apply(kept, asking(second.pem() + ours, Optional.empty()), tcp(C, "origin"));
        assertGoesOn(client, "b");
        fixture.apply(
                kept,
                asking(second.pem() + ours, Optional.of(RevocationList.of(fixture.authority.bundle()))),
                tcp(C, "origin"));
        assertGoesOn(client, "b");

        fixture.apply(kept, asking(second.pem(), Optional.empty()), tcp(C, "origin"));
        assertDrains(client);
    }

    private Chain asking(String authorities, Optional<String> revocations) {
        PeerValidation asked =
                new PeerValidation(Optional.of(authorities), List.of(), List.of(), List.of(), revocations);
        return http(B, "b", Records.with(tls, "clients", Optional.of(new ServerTls.Clients(asked, false))));
    }

    @Test
    void aChainThatLostWhatItIsServedWithClosesItsConnectionsAndCountsThem() throws Exception {
        RawClient client = connected("b.example", "b");

        fixture.apply(kept, http(B, "b", tls).closed("secret own: not there"), tcp(C, "origin"));

        assertThat(client.receiveToEnd()).isEmpty();
        assertThatThrownBy(() -> fixture.secure("b.example")).isInstanceOf(IOException.class);
        assertThat(fixture.failures("not_ready")).isEqualTo(1);
    }

    @Test
    void thoseOfAChainThatIsForOthersNowDrain() throws Exception {
        RawClient client = connected("b.example", "b");

        fixture.apply(kept, http(ChainMatch.serverNames("*.b.example"), "b", tls), tcp(C, "origin"));

        assertDrains(client);
    }

    @Test
    void aChainThatBecomesOpaqueOrPlainIsAnother() throws Exception {
        RawClient client = connected("b.example", "b");

        fixture.apply(kept, tcp(B, "origin"), tcp(C, "origin"));

        assertDrains(client);
        assertThat(certificateOf(fixture.secure("b.example"))).isEqualTo("CN=origin.example");
    }

    @Test
    void theOrderOfTheChainsIsNoChange() throws Exception {
        RawClient client = connected("b.example", "b");

        fixture.apply(tcp(C, "origin"), http(B, "b", tls), kept);

        assertGoesOn(client, "b");
    }

    @Test
    void newCertificatesAreForNewConnections() throws Exception {
        RawClient client = connected("b.example", "b");

        fixture.apply(kept, http(B, "b", fixture.tls("new.example")), tcp(C, "origin"));

        assertGoesOn(client, "b");
        assertThat(certificateOf(fixture.secure("b.example"))).isEqualTo("CN=new.example");
    }

    @Test
    void newSettingsOfHttpAreForTheNextRequest() throws Exception {
        RawClient client = connected("b.example", "b");
        HttpOptions named = HttpOptions.builder().serverName("weft").build();

        fixture.apply(kept, http(B, "other", tls, named), tcp(C, "origin"));

        assertGoesOn(client, "other");
        assertThat(client.send(GET).response().header("server")).isEqualTo("weft");
    }

    @Test
    void opaqueOnesHaveAMomentToEndByThemselves() throws Exception {
        RawClient client = connected("c.example", "origin");

        fixture.apply(kept, tcp(C, "other"));

        assertGoesOn(client, "origin");
        long begun = System.nanoTime();
        assertThat(client.receiveToEnd()).isIn("", "[reset]");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(3));
    }

    @Test
    void aConnectionWhoseChainIsNotYetChosenGetsTheNewOnes() throws Exception {
        RawClient early = fixture.plain();

        fixture.apply(kept, http(C, "c", tls));

        assertThat(answer(fixture.secureOver(early.socket(), "c.example"))).isEqualTo("c");
    }
}

package dev.weft.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.proxy.model.ChainMatch;
import dev.weft.proxy.model.ChainMatch.Source;
import dev.weft.proxy.model.ChainMatch.Transport;
import dev.weft.proxy.model.CidrRange;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Which chain serves a connection: Envoy's order of criteria, each decided for good before the next. */
class ChainChoiceTest {
    private static final ClientHello PLAIN = ClientHello.NONE;
    private static final List<String> ADDRESSES =
            List.of("127.0.0.1", "10.0.0.1", "10.0.1.1", "192.0.2.7", "2001:db8::1");
    private static final List<CidrRange> RANGES = List.of(
            CidrRange.of("10.0.0.0", 8),
            CidrRange.of("10.0.0.0", 24),
            CidrRange.of("10.0.0.1", 32),
            CidrRange.of("0.0.0.0", 0),
            CidrRange.of("2001:db8::", 32));
    private static final List<String> NAMES =
            List.of("a.example", "b.a.example", "*.a.example", "*.example", "*.b.a.example");

    private static ClientHello tls(String name, String... protocols) {
        return new ClientHello(true, name, List.of(protocols));
    }

    private static Arrival arrival(ClientHello hello) {
        return arrival("192.0.2.7", 4000, "10.0.0.1", 443, "192.0.2.7", hello);
    }

    private static Arrival arrival(
            String client, int clientPort, String local, int localPort, String peer, ClientHello hello) {
        return new Arrival(
                new InetSocketAddress(client, clientPort),
                new InetSocketAddress(local, localPort),
                new InetSocketAddress(peer, 5000),
                hello);
    }

    private static int pick(Arrival arrival, ChainMatch... matches) {
        return ChainChoice.of(List.of(matches)).pick(arrival);
    }

    private static int pick(ClientHello hello, ChainMatch... matches) {
        return pick(arrival(hello), matches);
    }

    private static ChainMatch match(int port, List<CidrRange> to, List<CidrRange> peers, Source source) {
        return new ChainMatch(port, to, List.of(), Optional.empty(), List.of(), peers, source, List.of(), List.of());
    }

    private static ChainMatch from(List<CidrRange> sources, Integer... ports) {
        return new ChainMatch(
                0, List.of(), List.of(), Optional.empty(), List.of(), List.of(), Source.ANY, sources, List.of(ports));
    }

    @Test
    void anExactNameComesBeforeTheLongestWildcardBeforeNone() {
        ChainMatch[] matches = {
            ChainMatch.ANY,
            ChainMatch.serverNames("*.example"),
            ChainMatch.serverNames("*.a.example"),
            ChainMatch.serverNames("x.a.example", "other")
        };

        assertThat(pick(tls("x.a.example"), matches)).isEqualTo(3);
        assertThat(pick(tls("other"), matches)).isEqualTo(3);
        assertThat(pick(tls("y.a.example"), matches)).isEqualTo(2);
        assertThat(pick(tls("z.y.a.example"), matches)).isEqualTo(2);
        assertThat(pick(tls("a.example"), matches)).isEqualTo(1);
        assertThat(pick(tls("example"), matches)).isZero();
        assertThat(pick(tls(".example"), matches)).isZero();
        assertThat(pick(tls(""), matches)).isZero();
        assertThat(pick(PLAIN, matches)).isZero();
    }

    @Test
    void whoMatchesNoneIsGivenToNone() {
        assertThat(pick(tls("b"), ChainMatch.serverNames("a"))).isEqualTo(ChainChoice.NONE);
        assertThat(pick(PLAIN, ChainMatch.ANY.withTransport(Transport.TLS))).isEqualTo(ChainChoice.NONE);
    }

    @Test
    void whatACriterionHasDecidedIsNotTakenBack() {
        ChainMatch named = ChainMatch.serverNames("a.example").withApplicationProtocols(List.of("h2"));

        assertThat(pick(tls("a.example", "h2"), named, ChainMatch.ANY)).isZero();
        assertThat(pick(tls("a.example", "http/1.1"), named, ChainMatch.ANY)).isEqualTo(ChainChoice.NONE);
        assertThat(pick(tls("b.example", "http/1.1"), named, ChainMatch.ANY)).isEqualTo(1);
    }

    @Test
    void theNameDecidesBeforeTheTransport() {
        ChainMatch tls = ChainMatch.ANY.withTransport(Transport.TLS);
        ChainMatch raw = ChainMatch.ANY.withTransport(Transport.RAW_BUFFER);
        ChainMatch named = ChainMatch.serverNames("a.example");

        assertThat(pick(tls("a.example"), tls, raw, named)).isEqualTo(2);
        assertThat(pick(tls("b.example"), tls, raw, named)).isZero();
        assertThat(pick(PLAIN, tls, raw, named)).isEqualTo(1);
    }

    @Test
    void theClientsOrderOfProtocolsCounts() {
        ChainMatch one = ChainMatch.ANY.withApplicationProtocols(List.of("http/1.1", "http/1.0"));
        ChainMatch two = ChainMatch.ANY.withApplicationProtocols(List.of("h2"));

        assertThat(pick(tls("", "x", "h2", "http/1.1"), one, two)).isEqualTo(1);
        assertThat(pick(tls("", "http/1.1", "h2"), one, two)).isZero();
        assertThat(pick(tls("", "x"), one, two, ChainMatch.ANY)).isEqualTo(2);
    }

    @Test
    void thePortThenTheLongestPrefixOfTheDestinationDecide() {
        ChainMatch[] matches = {
            match(0, List.of(), List.of(), Source.ANY),
            match(0, List.of(CidrRange.of("10.0.0.0", 8)), List.of(), Source.ANY),
            match(0, List.of(CidrRange.of("10.0.0.0", 24), CidrRange.of("2001:db8::", 32)), List.of(), Source.ANY),
            match(8443, List.of(CidrRange.of("10.0.0.0", 8)), List.of(), Source.ANY)
        };

        assertThat(pick(arrival("192.0.2.7", 1, "10.0.0.9", 443, "192.0.2.7", PLAIN), matches))
                .isEqualTo(2);
        assertThat(pick(arrival("192.0.2.7", 1, "10.9.0.9", 443, "192.0.2.7", PLAIN), matches))
                .isEqualTo(1);
        assertThat(pick(arrival("192.0.2.7", 1, "192.0.2.1", 443, "192.0.2.7", PLAIN), matches))
                .isZero();
        assertThat(pick(arrival("2001:db8::7", 1, "2001:db8::1", 443, "2001:db8::7", PLAIN), matches))
                .isEqualTo(2);
        assertThat(pick(arrival("192.0.2.7", 1, "10.0.0.9", 8443, "192.0.2.7", PLAIN), matches))
                .isEqualTo(3);
        assertThat(pick(arrival("192.0.2.7", 1, "192.0.2.1", 8443, "192.0.2.7", PLAIN), matches))
                .isEqualTo(ChainChoice.NONE);
    }

    @Test
    void thePeerAndTheClientAreTwoWhereALoadBalancerStandsBetween() {
        ChainMatch balancer = match(0, List.of(), List.of(CidrRange.of("10.0.0.0", 8)), Source.ANY);
        ChainMatch client = from(List.of(CidrRange.of("203.0.113.0", 24)));

        assertThat(pick(arrival("203.0.113.7", 1, "10.0.0.1", 443, "10.0.0.9", PLAIN), balancer, client))
                .isZero();
        assertThat(pick(arrival("203.0.113.7", 1, "10.0.0.1", 443, "192.0.2.1", PLAIN), balancer, client))
                .isEqualTo(1);
    }

    @Test
    void whoIsOnThisHostIsToldFromWhoIsNot() {
        ChainMatch here = match(0, List.of(), List.of(), Source.SAME_IP_OR_LOOPBACK);
        ChainMatch away = match(0, List.of(), List.of(), Source.EXTERNAL);

        assertThat(pick(arrival("127.0.0.1", 1, "10.0.0.1", 443, "127.0.0.1", PLAIN), here, away))
                .isZero();
        assertThat(pick(arrival("10.0.0.1", 1, "10.0.0.1", 443, "10.0.0.1", PLAIN), here, away))
                .isZero();
        assertThat(pick(arrival("10.0.0.2", 1, "10.0.0.1", 443, "10.0.0.2", PLAIN), here, away))
                .isEqualTo(1);
        assertThat(pick(arrival("10.0.0.2", 1, "10.0.0.1", 443, "10.0.0.2", PLAIN), here, ChainMatch.ANY))
                .isEqualTo(1);
    }

    @Test
    void theClientsPortDecidesLast() {
        ChainMatch ported = from(List.of(CidrRange.of("192.0.2.0", 24)), 4000, 4001);
        ChainMatch portless = from(List.of(CidrRange.of("192.0.2.0", 24)));

        assertThat(pick(arrival(PLAIN), ported, portless)).isZero();
        assertThat(pick(arrival("192.0.2.7", 4002, "10.0.0.1", 443, "192.0.2.7", PLAIN), ported, portless))
                .isEqualTo(1);
    }

    @Test
    void twoForTheSameConnectionsAreRefusedByTheirPlaces() {
        ChainMatch first = ChainMatch.serverNames("a.example", "b.example");
        ChainMatch second = ChainMatch.serverNames("c.example", "B.example");

        assertThatThrownBy(() -> ChainChoice.of(List.of(ChainMatch.ANY, first, second)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("filter_chains[2].filter_chain_match: matches what filter_chains[1] matches too"
                        + " (expected: one chain for a connection)");
        assertThatThrownBy(() -> ChainChoice.of(List.of(ChainMatch.ANY, ChainMatch.ANY)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(ChainChoice.of(List.of(first, second.withTransport(Transport.TLS))))
                .isNotNull();
    }

    /** The rule once more, as a sieve: each criterion leaves of the chains only those with the best value that fits. */
    @Test
    void itAgreesWithASieveOnRandomChains() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int chosen = 0;
        for (int round = 0; round < 3_000; round++) {
            List<ChainMatch> matches = new ArrayList<>();
            for (int i = random.nextInt(1, 6); i > 0; i--) {
                matches.add(randomMatch(random));
            }
            ChainChoice choice;
            try {
                choice = ChainChoice.of(matches);
            } catch (IllegalArgumentException overlapping) {
                continue;
            }
            for (int i = 0; i < 10; i++) {
                Arrival arrival = randomArrival(random);
                int picked = choice.pick(arrival);
                assertThat(picked)
                        .as("seed %d: %s among %s", seed, arrival, matches)
                        .isEqualTo(sieve(matches, arrival));
                chosen += picked == ChainChoice.NONE ? 0 : 1;
            }
        }
        assertThat(chosen).isGreaterThan(1_000);
    }

    private static int sieve(List<ChainMatch> matches, Arrival arrival) {
        List<ChainMatch> left = new ArrayList<>(matches);
        keepBest(
                left,
                m -> m.destinationPort() == 0
                        ? 0
                        : m.destinationPort() == arrival.local().getPort() ? 1 : -1);
        keepBest(left, m -> prefix(m.destinations(), arrival.local()));
        keepBest(left, m -> name(m.serverNames(), arrival.hello().serverName()));
        keepBest(
                left,
                m -> m.transport()
                        .map(t -> (t == Transport.TLS) == arrival.hello().isTls() ? 1 : -1)
                        .orElse(0));
        List<String> offered = arrival.hello().applicationProtocols();
        keepBest(
                left,
                m -> m.applicationProtocols().isEmpty()
                        ? 0
                        : m.applicationProtocols().stream()
                                .mapToInt(p -> offered.contains(p) ? 10 - offered.indexOf(p) : -1)
                                .max()
                                .orElse(-1));
        keepBest(left, m -> prefix(m.directSources(), arrival.peer()));
        keepBest(
                left,
                m -> m.source() == Source.ANY ? 0 : (m.source() == Source.EXTERNAL) != arrival.isLocal() ? 1 : -1);
        keepBest(left, m -> prefix(m.sources(), arrival.client()));
        keepBest(
                left,
                m -> m.sourcePorts().isEmpty()
                        ? 0
                        : m.sourcePorts().contains(arrival.client().getPort()) ? 1 : -1);
        assertThat(left.size()).isLessThan(2);
        return left.isEmpty() ? ChainChoice.NONE : matches.indexOf(left.getFirst());
    }

    private static void keepBest(List<ChainMatch> left, Function<ChainMatch, Integer> rank) {
        int best = left.stream().mapToInt(rank::apply).max().orElse(-1);
        left.removeIf(match -> best < 0 || rank.apply(match) != best);
    }

    /** -1 where none fits, 0 where none is asked for. */
    private static int prefix(List<CidrRange> ranges, InetSocketAddress address) {
        int best = ranges.isEmpty() ? 0 : -1;
        for (CidrRange range : ranges) {
            boolean sameKind = range.base().getClass() == address.getAddress().getClass();
            if (sameKind && new CidrRange(address.getAddress(), range.bits()).equals(range)) {
                best = Math.max(best, 1 + range.bits());
            }
        }
        return best;
    }

    private static int name(List<String> names, String asked) {
        int best = names.isEmpty() ? 0 : -1;
        for (String name : names) {
            if (name.equals(asked)) {
                best = Integer.MAX_VALUE;
            } else if (name.startsWith("*") && asked.endsWith(name.substring(1)) && asked.length() >= name.length()) {
                best = Math.max(best, name.length());
            }
        }
        return best;
    }

    private static ChainMatch randomMatch(Random random) {
        return new ChainMatch(
                random.nextInt(4) == 0 ? 443 : 0,
                some(RANGES, 6, random),
                some(NAMES, 3, random),
                random.nextInt(3) == 0 ? Optional.of(some(List.of(Transport.values()), random)) : Optional.empty(),
                some(List.of("h2", "http/1.1"), 3, random),
                some(RANGES, 6, random),
                random.nextInt(4) == 0 ? some(List.of(Source.values()), random) : Source.ANY,
                some(RANGES, 6, random),
                some(List.of(4000, 4001), 6, random));
    }

    private static Arrival randomArrival(Random random) {
        List<String> protocols = new ArrayList<>(some(List.of("h2", "http/1.1", "x"), 1, random));
        String name = some(List.of("", "a.example", "b.a.example", "c.b.a.example", "x.example"), random);
        return arrival(
                some(ADDRESSES, random),
                4000 + random.nextInt(3),
                some(ADDRESSES, random),
                random.nextBoolean() ? 443 : 80,
                some(ADDRESSES, random),
                random.nextInt(3) == 0 ? PLAIN : new ClientHello(true, name, protocols));
    }

    private static <T> T some(List<T> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }

    /** None as a rule, or each with equal chance. */
    private static <T> List<T> some(List<T> values, int rarely, Random random) {
        return random.nextInt(rarely) != 0
                ? List.of()
                : values.stream().filter(value -> random.nextBoolean()).toList();
    }
}

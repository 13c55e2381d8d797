package dev.weft.proxy.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClusterConfig.AddressFamily;
import dev.weft.proxy.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Look-ups over UDP, against a scripted name server. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class NettyNameLookupTest {
    private static final Map<String, List<String>> RECORDS = Map.of(
            "both.example.", List.of("10.0.0.1", "10.0.0.2", "2001:db8::1"),
            "six.example.", List.of("2001:db8::7"));

    private final Transport transport = Transport.open(Transport.Kind.NIO, 1);
    private final EventLoop loop = transport.loops().next();
    private final Channel server = startServer();
    private final NettyNameLookup lookup = new NettyNameLookup(
            loop,
            transport.datagramChannel(),
            transport.socketChannel(),
            new SingletonDnsServerAddressStreamProvider((InetSocketAddress) server.localAddress()));

    @AfterEach
    void close() {
        loop.submit(lookup::close).syncUninterruptibly();
        transport.close();
    }

    @Test
    void iPv4IsPreferred() {
        assertThat(lookUp("both.example")).isEqualTo("[10.0.0.1, 10.0.0.2]");
    }

    @Test
    void iPv6IsUsedWhereThereIsNothingElse() {
        assertThat(lookUp("six.example")).isEqualTo("[2001:db8:0:0:0:0:0:7]");
    }

    @Test
    void oneFamilyAloneMayBeAskedFor() {
        assertThat(lookUp("both.example", AddressFamily.IPV4_ONLY)).isEqualTo("[10.0.0.1, 10.0.0.2]");
        assertThat(lookUp("both.example", AddressFamily.IPV6_ONLY)).isEqualTo("[2001:db8:0:0:0:0:0:1]");
        assertThat(lookUp("six.example", AddressFamily.IPV4_ONLY))
                .startsWith("failed: ")
                .contains("six.example");
    }

    @Test
    void anUnknownNameIsAFailureWithAReason() {
        assertThat(lookUp("none.example")).startsWith("failed: ").contains("none.example");
    }

    @Test
    void theHostsFileComesFirst() {
        assertThat(lookUp("localhost")).isEqualTo("[127.0.0.1]");
    }

    private String lookUp(String host) {
        return lookUp(host, AddressFamily.IPV4_PREFERRED);
    }

    private String lookUp(String host, AddressFamily family) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        loop.execute(() -> lookup.lookUp(host, family, new NameLookup.Answer() {
            @Override
            public void found(List<String> addresses) {
                answer.complete(addresses.toString());
            }

            @Override
            public void failed(String reason) {
                answer.complete("failed: " + reason);
            }
        }));
        return answer.orTimeout(30, TimeUnit.SECONDS).join();
    }

    private Channel startServer() {
        return new Bootstrap()
                .group(loop)
                .channel(transport.datagramChannel())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new DatagramDnsQueryDecoder())
                                .addLast(new DatagramDnsResponseEncoder())
                                .addLast(new Answering());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    private static final class Answering extends SimpleChannelInboundHandler<DatagramDnsQuery> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramDnsQuery query) {
            DnsQuestion question = query.recordAt(DnsSection.QUESTION);
            List<String> addresses = RECORDS.get(question.name());
            DatagramDnsResponse response = new DatagramDnsResponse(
                    /* sender= */ query.recipient(), /* recipient= */ query.sender(), query.id());
            response.addRecord(DnsSection.QUESTION, new DefaultDnsQuestion(question.name(), question.type()));
            response.setCode(addresses == null ? DnsResponseCode.NXDOMAIN : DnsResponseCode.NOERROR);
            if (addresses != null) {
                for (String address : addresses) {
                    byte[] bytes = InetAddress.ofLiteral(address).getAddress();
                    if ((bytes.length == 4) == question.type().equals(DnsRecordType.A)) {
                        response.addRecord(
                                DnsSection.ANSWER,
                                new DefaultDnsRawRecord(
                                        question.name(), question.type(), 60, Unpooled.wrappedBuffer(bytes)));
                    }
                }
            }
            context.writeAndFlush(response);
        }
    }
}

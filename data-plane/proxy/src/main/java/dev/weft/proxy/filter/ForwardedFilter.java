package dev.weft.proxy.filter;

import dev.weft.proxy.http.ClientCertificate;
import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.Protocol;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.model.ClientCertificateForwarding.Detail;
import dev.weft.proxy.model.ClientCertificateForwarding.Mode;
import dev.weft.proxy.model.HttpOptions;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says who the client is and which way the message came: {@code X-Forwarded-For}, {@code -Proto}, {@code -Host}, {@code Via}, and
 * {@code Server} and {@code Date} where the origin sent none; and who the client has proven to be, {@code X-Forwarded-Client-Cert}.
 * Immutable.
 *
 * <p>At the edge ({@code useRemoteAddress}) the peer is appended to X-Forwarded-For, so that the last entry is always true, and
 * claims about scheme and host are overwritten unless proxies in front are trusted. Inside a mesh the fields of the edge are
 * passed on, and made where they are missing.
 */
public final class ForwardedFilter implements OfArrival {
    private static final HttpDate DATE = new HttpDate(InstantSource.system());

    private final boolean appendsPeer;
    private final boolean overwritesServer;
    private final boolean trustsPeers;
    private final Mode certificates;
    private final List<Detail> details;
    private final String via;
    private final String serverName;

    public ForwardedFilter(HttpOptions options) {
        this.appendsPeer = options.useRemoteAddress() && options.habits().appendForwardedFor();
        this.overwritesServer = options.habits().overwriteServer();
        this.trustsPeers = !options.useRemoteAddress() || options.trustedHops() > 0;
        this.certificates = options.clientCertificate().mode();
        this.details = options.clientCertificate().details();
        this.via = options.via();
        this.serverName = options.serverName();
    }

    @Override
    public Next requestHead(RequestExchange exchange, RequestHead head, boolean end) {
        Headers headers = head.headers();
        String peer = exchange.peerAddress();
        String claimed = headers.joined(HeaderName.X_FORWARDED_FOR);
        if (claimed == null) {
            headers.add(HeaderName.X_FORWARDED_FOR, peer);
        } else if (appendsPeer) {
            headers.set(HeaderName.X_FORWARDED_FOR, claimed + ", " + peer);
        }
        claim(headers, HeaderName.X_FORWARDED_PROTO, head.scheme());
        claim(headers, HeaderName.X_FORWARDED_HOST, head.authority());
        if (certificates != Mode.ALWAYS_FORWARD_ONLY) {
            certificate(headers, exchange.connection().clientCertificate());
        }
        if (!via.isEmpty()) {
            headers.add(HeaderName.VIA, exchange.connection().protocol().via() + " " + via);
        }
        return Next.CONTINUE;
    }

    @Override
    public Next responseHead(RequestExchange exchange, ResponseHead head, boolean end) {
        if (!via.isEmpty()) {
            Protocol received = exchange.upstreamProtocol();
            head.headers().add(HeaderName.VIA, (received == null ? Protocol.HTTP_1_1 : received).via() + " " + via);
        }
        serverAndDate(head);
        return Next.CONTINUE;
    }

    @Override
    public void localResponse(RequestExchange exchange, ResponseHead head) {
        serverAndDate(head);
    }

    /** Who shows no certificate has nothing to say about others'. */
    private void certificate(Headers headers, @Nullable ClientCertificate shown) {
        HeaderName name = HeaderName.X_FORWARDED_CLIENT_CERT;
        if (shown == null) {
            headers.remove(name);
            return;
        }
        switch (certificates) {
            case SANITIZE -> headers.remove(name);
            case SANITIZE_SET -> headers.set(name, shown.element(details));
            case APPEND_FORWARD -> {
                String before = headers.joined(name);
                String own = shown.element(details);
                headers.set(name, before == null || before.isEmpty() ? own : before + "," + own);
            }
            case FORWARD_ONLY, ALWAYS_FORWARD_ONLY -> {} // as it came
        }
    }

    private void claim(Headers headers, HeaderName name, String truth) {
        if (!headers.contains(name)) {
            headers.add(name, truth);
        } else if (!trustsPeers) {
            headers.set(name, truth);
        }
    }

    private void serverAndDate(ResponseHead head) {
        if (!head.headers().contains(HeaderName.DATE)) {
            head.headers().add(HeaderName.DATE, DATE.now()); // RFC 9110, section 6.6.1
        }
        if (serverName.isEmpty()) {
            return;
        }
        if (overwritesServer) {
            head.headers().set(HeaderName.SERVER, serverName);
        } else if (!head.headers().contains(HeaderName.SERVER)) {
            head.headers().add(HeaderName.SERVER, serverName);
        }
    }
}

package dev.weft.proxy.testing;

import dev.weft.proxy.Proxy;
import dev.weft.proxy.Setup;
import dev.weft.proxy.model.FilterConfig;
import java.io.IOException;

/** One origin behind a proxy with one filter. Confined to the test's thread. */
public final class FilteredProxy {
    private final Opened opened;
    private final Proxy proxy;
    private final RawOrigin origin;

    private FilteredProxy(Opened opened, RawOrigin origin, FilterConfig filter) {
        this.opened = opened;
        this.origin = opened.open(origin);
        this.proxy = opened.open(Proxy.builder().loops(1).build());
        apply(filter);
    }

    public static FilteredProxy with(Opened opened, FilterConfig filter, String response) throws IOException {
        return new FilteredProxy(opened, RawOrigin.answering(response), filter);
    }

    public static FilteredProxy with(Opened opened, FilterConfig filter, RawOrigin.Script script) throws IOException {
        return new FilteredProxy(opened, RawOrigin.following(script), filter);
    }

    /** Gives the filter these settings. */
    public void apply(FilterConfig filter) {
        proxy.apply(Setup.listen("127.0.0.1", 0).filter("filter", filter).to("127.0.0.1:" + origin.port()));
    }

    public RawClient client() throws IOException {
        return opened.open(RawClient.connect(proxy.address("http")));
    }

    /** The response to these bytes, on a connection of their own. */
    public RawMessage ask(String request) throws IOException {
        return client().send(request).response();
    }

    /** A GET of {@code /} with these lines, each with its CRLF. */
    public RawMessage get(String headers) throws IOException {
        return ask("GET / HTTP/1.1\r\nHost: web\r\n" + headers + "\r\n");
    }

    public RawOrigin origin() {
        return origin;
    }

    public Proxy proxy() {
        return proxy;
    }
}

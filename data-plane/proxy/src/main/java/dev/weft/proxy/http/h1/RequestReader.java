package dev.weft.proxy.http.h1;

import dev.weft.proxy.http.HeaderName;
import dev.weft.proxy.http.Headers;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.UnderscoreFields;
import dev.weft.proxy.model.ClientRules.Underscores;
import dev.weft.proxy.syntax.Authority;
import java.nio.charset.StandardCharsets;

/** Reads request heads. Confined to the event loop of its connection. */
final class RequestReader extends MessageReader {
    private final RequestHead head = new RequestHead();
    private final TextCache texts;

    private int target;
    private int targetEnd;
    private int hosts;
    private int host;
    private int hostLength;
    private boolean expectsContinue;
    private Underscores underscores = Underscores.ALLOW;

    RequestReader(TextCache texts) {
        this.texts = texts;
    }

    @Override
    void start(Http1Limits limits) {
        underscores = limits.underscores();
        super.start(limits);
    }

    @Override
    void restart() {
        head.clear();
        super.restart();
        hosts = 0;
        expectsContinue = false;
    }

    RequestHead head() {
        return head;
    }

    boolean expectsContinue() {
        return expectsContinue;
    }

    /** Whether nothing follows the head: neither body nor opaque data. */
    boolean isEnd() {
        return !hasBody() && head.upgrade() == null && !isConnect();
    }

    boolean hasBody() {
        return isChunked() || contentLength() > 0;
    }

    boolean isConnect() {
        return head.isConnect();
    }

    @Override
    Headers headers() {
        return head.headers();
    }

    @Override
    boolean isResponse() {
        return false;
    }

    @Override
    BadMessage startLineTooLong() {
        return new BadMessage(414, "request line is too long");
    }

    @Override
    BadMessage fieldsTooLarge(String reason) {
        return new BadMessage(431, reason);
    }

    @Override
    void startLine(byte[] bytes, int from, int to) {
        int methodEnd = from;
        while (methodEnd < to && Bytes.LOWER_TOKEN[bytes[methodEnd] & 0xff] != 0) {
            methodEnd++;
        }
        int end = methodEnd + 1;
        while (end < to && Bytes.TARGET[bytes[end] & 0xff]) {
            end++;
        }
        if (methodEnd == from || end >= to || end == methodEnd + 1 || bytes[methodEnd] != ' ' || bytes[end] != ' ') {
            throw BadMessage.malformed("malformed request line");
        }
        version(bytes, end + 1, to);
        head.method(Methods.text(bytes, from, methodEnd));
        target = methodEnd + 1;
        targetEnd = end;
    }

    @Override
    void field(byte[] bytes, int name, int nameLength, int hash, int value, int valueLength) {
        if (nameLength == 4 && HeaderName.HOST.matches(bytes, name, nameLength, hash)) {
            hosts++;
            host = value;
            hostLength = valueLength;
            return;
        }
        if (nameLength == 6 && HeaderName.EXPECT.matches(bytes, name, nameLength, hash)) {
            expectsContinue = Bytes.equalsIgnoreCase(bytes, value, value + valueLength, "100-continue");
        }
        super.field(bytes, name, nameLength, hash, value, valueLength);
    }

    /**
     * Checks the head as a whole and fills in what is not a field.
     *
     * @throws BadMessage where it is refused
     */
    void finish() {
        finishFields();
        if (underscores != Underscores.ALLOW && UnderscoreFields.refuses(underscores, head.headers())) {
            throw BadMessage.malformed("underscore in a header name");
        }
        if (hosts > 1 || (hosts == 0 && !isVersion10())) {
            throw BadMessage.malformed(hosts == 0 ? "no host field" : "more than one host field");
        }
        byte[] bytes = head.headers().array();
        if (hosts == 1) {
            checkAuthority(bytes, host, host + hostLength);
            head.authority(texts.text(bytes, host, hostLength));
        }
        if (isConnect()) {
            connectTarget(bytes);
        } else if (bytes[target] == '/') {
            head.path(texts.text(bytes, target, targetEnd - target));
        } else if (bytes[target] == '*' && targetEnd == target + 1) {
            if (!head.method().equals("OPTIONS")) {
                throw BadMessage.malformed("target * with another method than OPTIONS");
            }
            head.path("*");
        } else {
            absoluteTarget(bytes);
        }
        String upgrade = hasBody() ? "" : upgradeProtocol();
        head.upgrade(upgrade.isEmpty() || upgrade.equalsIgnoreCase("h2c") || isConnect() ? null : upgrade);
    }

    /** Authority-form (RFC 9112, section 3.2.3): host and port, both needed. */
    private void connectTarget(byte[] bytes) {
        if (hasBody()) {
            throw BadMessage.malformed("CONNECT with a body");
        }
        checkAuthority(bytes, target, targetEnd);
        if (Authority.portOf(bytes, target, targetEnd) < 0) {
            throw BadMessage.malformed("CONNECT without a port");
        }
        head.authority(texts.text(bytes, target, targetEnd - target)).path("");
    }

    /** Absolute-form wins over Host (RFC 9112, section 3.2.2). */
    private void absoluteTarget(byte[] bytes) {
        int authority;
        if (Bytes.equalsIgnoreCase(bytes, target, Math.min(target + 7, targetEnd), "http://")) {
            authority = target + 7;
        } else if (Bytes.equalsIgnoreCase(bytes, target, Math.min(target + 8, targetEnd), "https://")) {
            authority = target + 8;
        } else {
            throw BadMessage.malformed("malformed request target");
        }
        int path = authority;
        while (path < targetEnd && bytes[path] != '/' && bytes[path] != '?') {
            path++;
        }
        if (path == authority) {
            throw BadMessage.malformed("request target without a host");
        }
        checkAuthority(bytes, authority, path);
        head.authority(texts.text(bytes, authority, path - authority));
        if (path == targetEnd) {
            head.path(head.method().equals("OPTIONS") ? "*" : "/");
        } else if (bytes[path] == '?') {
            head.path("/" + new String(bytes, path, targetEnd - path, StandardCharsets.ISO_8859_1));
        } else {
            head.path(texts.text(bytes, path, targetEnd - path));
        }
    }

    private static void checkAuthority(byte[] bytes, int from, int to) {
        if (!Authority.isValid(bytes, from, to)) {
            throw BadMessage.malformed("malformed host");
        }
    }
}

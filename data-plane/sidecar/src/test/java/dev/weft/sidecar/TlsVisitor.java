package dev.weft.sidecar;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A connection over TLS to a sidecar's listener {@code web} that trusts anybody, and tells who answered. Confined to its thread. */
final class TlsVisitor implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final String ANSWER = "HTTP/1.1 200 OK";

    private final SSLSocket socket;

    private TlsVisitor(SSLSocket socket) {
        this.socket = socket;
    }

    static TlsVisitor of(SidecarProcess sidecar) throws Exception {
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        String address = sidecar.address("web");
        int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        SSLSocket socket = (SSLSocket) trusting.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.startHandshake();
        return new TlsVisitor(socket);
    }

    /** Whom a new connection meets. */
    static String subjectOfNew(SidecarProcess sidecar) throws Exception {
        try (TlsVisitor visitor = of(sidecar)) {
            return visitor.subject();
        }
    }

    /** A certificate by which such a subject is known, of its own authority. */
    static X509Bundle certificate(String name) throws Exception {
        return new CertificateBuilder()
                .subject("CN=" + name)
                .ecp256()
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    /** Of the certificate that was shown, for instance {@code CN=first}. */
    String subject() throws IOException {
        return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                .getSubjectX500Principal()
                .getName();
    }

    /** Whether a request on this connection is answered with 200. */
    boolean isAnswered() throws IOException {
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] head = socket.getInputStream().readNBytes(ANSWER.length());
        int rest = socket.getInputStream().available();
        socket.getInputStream().skipNBytes(rest);
        return new String(head, StandardCharsets.US_ASCII).equals(ANSWER);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

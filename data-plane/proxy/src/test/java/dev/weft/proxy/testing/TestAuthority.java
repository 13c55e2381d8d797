package dev.weft.proxy.testing;

import dev.weft.proxy.model.ServerTls;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.InetAddress;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** An authority, what it issues, and the JDK's sockets that trust it. Immutable. */
public final class TestAuthority {
    private final X509Bundle authority;

    public TestAuthority(String name) {
        try {
            authority = new CertificateBuilder()
                    .subject("CN=" + name)
                    .setIsCertificateAuthority(true)
                    .ecp256()
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A certificate that holds both names. */
    public X509Bundle issue(String dns, String uri) {
        try {
            return new CertificateBuilder()
                    .subject("CN=" + dns)
                    .addSanDnsName(dns)
                    .addSanUriName(uri)
                    .ecp256()
                    .buildIssuedBy(authority);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public X509Bundle bundle() {
        return authority;
    }

    public String pem() {
        return authority.getCertificatePEM();
    }

    public static ServerTls.Certificate pem(X509Bundle bundle) {
        return new ServerTls.Certificate(bundle.getCertificatePathPEM(), bundle.getPrivateKeyPEM());
    }

    /** Trusts what this has issued. */
    public Counting counting() {
        return new Counting(authority.getCertificate());
    }

    /** Listens with that certificate; clients are asked for theirs where they are counted. */
    public static SSLServerSocket listen(X509Bundle certificate, Counting clients, String... versions)
            throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(certificate.toKeyManagerFactory().getKeyManagers(), new TrustManager[] {clients}, null);
        SSLServerSocket listener = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 100, InetAddress.getLoopbackAddress());
        listener.setWantClientAuth(true);
        if (versions.length > 0) {
            listener.setEnabledProtocols(versions);
        }
        return listener;
    }

    /** Counts how often it was asked, which is once for every handshake that resumes nothing. Thread-safe. */
    public static final class Counting extends X509ExtendedTrustManager {
        private final X509Certificate authority;
        private final AtomicInteger servers = new AtomicInteger();
        private final AtomicInteger clients = new AtomicInteger();

        private Counting(X509Certificate authority) {
            this.authority = authority;
        }

        public int servers() {
            return servers.get();
        }

        public int clients() {
            return clients.get();
        }

        private void check(X509Certificate[] chain, AtomicInteger count) throws CertificateException {
            count.incrementAndGet();
            try {
                chain[0].verify(authority.getPublicKey());
            } catch (java.security.GeneralSecurityException e) {
                throw new CertificateException(e);
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain, clients);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain, servers);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain, clients);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain, servers);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain, clients);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain, servers);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[] {authority};
        }
    }
}

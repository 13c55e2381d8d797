package dev.weft.proxy.tls;

import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.SslContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** A context of the JDK's with key exchange groups of its own, which the JDK takes per engine. Thread-safe. */
final class GroupsOfJdk extends DelegatingSslContext {
    private final String[] groups;

    GroupsOfJdk(SslContext context, String[] groups) {
        super(context);
        this.groups = groups;
    }

    @Override
    protected void initEngine(SSLEngine engine) {
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setNamedGroups(groups);
        engine.setSSLParameters(parameters);
    }
}

package dev.weft.proxy.testing;

import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Ticker;

/** An embedded channel whose peer may have no room: what is written then stays in it. Confined to the test's thread. */
public final class StallingChannel extends EmbeddedChannel {
    private boolean full;

    public StallingChannel(Ticker ticker) {
        super(EmbeddedChannel.builder().ticker(ticker));
    }

    /** The peer reads no more. */
    public void stopTaking() {
        full = true;
    }

    public void takeAgain() {
        full = false;
        flush();
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
        if (!full) {
            super.doWrite(in);
        }
    }
}

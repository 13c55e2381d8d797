package dev.weft.proxy.transport;

import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SingleThreadIoEventLoop;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An event loop that goes on where memory for a read could not be had. Netty ends a loop for every {@link Error} that its I/O
 * throws, and with io_uring that is where buffers are taken: its listeners would go on giving it connections that nobody serves,
 * and the memory that ran short would never come back.
 *
 * <p>The connection concerned may have lost its turn to read, and is ended by its time limits.
 */
final class EnduringLoop extends SingleThreadIoEventLoop {
    private static final Logger LOG = LoggerFactory.getLogger(EnduringLoop.class);

    EnduringLoop(IoEventLoopGroup group, Executor executor, IoHandlerFactory handlers) {
        super(group, executor, handlers);
    }

    @Override
    protected int runIo() {
        try {
            return super.runIo();
        } catch (OutOfMemoryError shortage) {
            LOG.error("a read was given up: {}", shortage.getMessage());
            return 0;
        }
    }
}

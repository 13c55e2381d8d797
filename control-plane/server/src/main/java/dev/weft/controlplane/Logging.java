package dev.weft.controlplane;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/** The level of this process's log, which goes to standard error. */
final class Logging {
    private Logging() {}

    /**
     * @param name error, warn, info or debug; anything else is info
     */
    static void level(String name) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger("dev.weft").setLevel(Level.toLevel(name, Level.INFO));
    }
}

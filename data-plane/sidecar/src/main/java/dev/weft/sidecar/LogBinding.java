package dev.weft.sidecar;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Binds SLF4J to Logback without looking for anything: Logback's own binding asks every jar of the class path for configurators,
 * files and its version, and a jar that was opened keeps its directory on the heap. Named to SLF4J by {@link Logging}.
 */
public final class LogBinding implements SLF4JServiceProvider {
    private final LoggerContext context = new LoggerContext();
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final LogbackMDCAdapter diagnosticContext = new LogbackMDCAdapter();

    @Override
    public void initialize() {
        context.setName("weft");
        context.setMDCAdapter(diagnosticContext);
        context.start();
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return context;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return diagnosticContext;
    }

    /** The newest SLF4J that this was made for, any of its second generation. */
    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }
}

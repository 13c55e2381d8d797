package dev.weft.sidecar.xds;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How the text of a file named in configuration is read; a certificate, mostly. */
@FunctionalInterface
public interface FileText {
    FileText DISK = path -> Files.readString(Path.of(path));

    String read(String path) throws IOException;
}

package dev.weft.sidecar.state;

import com.google.protobuf.ByteString;
import dev.weft.sidecar.discovery.ResourceWire;
import dev.weft.sidecar.live.Accepted;
import dev.weft.sidecar.live.Received;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepted resources in one file: a magic word, a checksum, then {@code envoy.service.discovery.v3.Resource} messages, each
 * after its length. Thread-safe for one writer at a time.
 *
 * <p>A write replaces the whole file in one step and is on the disk when it returns, so a reader sees the old or the new one
 * whatever happens between. Only the owner may read it: certificates' keys can be in it.
 */
public final class LastGoodFile {
    static final String NAME = "last-good";

    private static final Logger LOG = LoggerFactory.getLogger(LastGoodFile.class);
    private static final byte[] MAGIC = {'W', 'E', 'F', 'T', 'L', 'G', '0', '1'};
    private static final int HEADER_BYTES = MAGIC.length + Long.BYTES;

    private final Path file;

    /**
     * @param directory is made where it is missing
     */
    public LastGoodFile(Path directory) {
        this.file = directory.resolve(NAME);
    }

    public void write(List<Accepted> resources) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Accepted resource : resources) {
            Received stored = new Received(
                    resource.name(), resource.version(), resource.type().typeUrl(), resource.bytes());
            byte[] message = ResourceWire.write(stored).toByteArray();
            body.writeBytes(
                    ByteBuffer.allocate(Integer.BYTES).putInt(message.length).array());
            body.writeBytes(message);
        }
        Path directory = file.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        Path next = file.resolveSibling(NAME + ".next");
        Files.deleteIfExists(next);
        Files.createFile(next);
        Files.setPosixFilePermissions(
                next, EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
        try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
            writeAll(channel, header(body.toByteArray()));
            writeAll(channel, ByteBuffer.wrap(body.toByteArray()));
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
            parent.force(true);
        }
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static ByteBuffer header(byte[] body) {
        return ByteBuffer.allocate(HEADER_BYTES)
                .put(MAGIC)
                .putLong(checksum(body))
                .flip();
    }

    private static long checksum(byte[] body) {
        CRC32C sum = new CRC32C();
        sum.update(body);
        return sum.getValue();
    }

    /** What is in the file; nothing, and a warning, where it is damaged, and nothing where there is none. */
    public List<Received> read() {
        try {
            return parse(Files.readAllBytes(file));
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException e) {
            LOG.warn("{}: ignored ({})", file, e.getMessage());
            return List.of();
        }
    }

    private static List<Received> parse(byte[] bytes) throws IOException {
        if (bytes.length < HEADER_BYTES || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IOException("not a last good configuration");
        }
        byte[] body = Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length);
        if (ByteBuffer.wrap(bytes, MAGIC.length, Long.BYTES).getLong() != checksum(body)) {
            throw new IOException("its checksum is wrong");
        }
        List<Received> resources = new ArrayList<>();
        ByteBuffer messages = ByteBuffer.wrap(body);
        while (messages.hasRemaining()) {
            ByteString message = ByteString.copyFrom(messages, messages.getInt());
            resources.add(ResourceWire.read(message));
        }
        return resources;
    }
}

package dev.weft.controlplane.store.embedded;

import dev.weft.controlplane.store.StoreException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Opens the database file and refuses what is not a sound one of ours. Stateless.
 *
 * <p>Write-ahead log, so that reads never wait for writes; full sync, so that a commit is on the disk when it is acknowledged.
 */
final class Database {
    private static final Logger log = LoggerFactory.getLogger(Database.class);
    private static final String UNPACK_TO = "org.sqlite.tmpdir";
    private static final int APPLICATION_ID = 0x57656674; // "Weft", seen by file(1)
    private static final int SCHEMA_VERSION = 1;

    private Database() {}

    /** The connection that writes; makes the schema in a new file. */
    static Tables openForWriting(DataDirectory directory, long nowMillis) {
        loadNative(directory);
        try {
            Connection connection = connect(directory);
            try {
                check(directory, connection);
                Tables tables = new Tables(connection);
                if (version(connection) == 0) {
                    create(tables, nowMillis);
                }
                return tables;
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw SqlFailures.isDamage(e)
                    ? damaged(directory, e.toString())
                    : new StoreException.OpenFailed(
                            "data directory " + directory.path() + ": weft.db cannot be opened: " + e.getMessage());
        }
    }

    static Tables openForReading(DataDirectory directory) {
        try {
            Connection connection = connect(directory);
            Tables tables = new Tables(connection);
            tables.execute("PRAGMA query_only = true");
            return tables;
        } catch (SQLException e) {
            throw SqlFailures.ofRead(directory.path(), e);
        }
    }

    private static Connection connect(DataDirectory directory) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(5_000);
        config.setJournalSizeLimit(16 << 20);
        return config.createConnection("jdbc:sqlite:" + directory.database());
    }

    private static void check(DataDirectory directory, Connection connection) throws SQLException {
        String verdict = text(connection, "PRAGMA quick_check(1)");
        if (!verdict.equals("ok")) {
            throw damaged(directory, verdict);
        }
        int version = version(connection);
        int application = Integer.parseInt(text(connection, "PRAGMA application_id"));
        boolean empty = text(connection, "SELECT count(*) FROM sqlite_master").equals("0");
        if (version > SCHEMA_VERSION) {
            throw new StoreException.OpenFailed("data directory " + directory.path() + ": weft.db has schema " + version
                    + ", this version of Weft knows " + SCHEMA_VERSION + " (expected: a newer Weft)");
        }
        if (!empty && application != APPLICATION_ID) {
            throw new StoreException.OpenFailed(
                    "data directory " + directory.path() + ": weft.db is another program's database");
        }
    }

    private static void create(Tables tables, long nowMillis) throws SQLException {
        tables.execute("BEGIN IMMEDIATE");
        for (String statement : Tables.SCHEMA) {
            tables.execute(statement);
        }
        tables.addRevision(1, nowMillis);
        tables.execute("PRAGMA application_id = " + APPLICATION_ID);
        tables.execute("PRAGMA user_version = " + SCHEMA_VERSION);
        tables.execute("COMMIT");
    }

    private static StoreException.OpenFailed damaged(DataDirectory directory, String detail) {
        return new StoreException.OpenFailed("data directory " + directory.path() + ": weft.db is damaged (" + detail
                + "): restore it from a backup, or move weft.db* away to start empty");
    }

    private static int version(Connection connection) throws SQLException {
        return Integer.parseInt(text(connection, "PRAGMA user_version"));
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /**
     * Once per process, before the driver would do it in java.io.tmpdir, which may belong to someone else, be mounted noexec, or
     * gather a copy with every kill -9. What an operator set stays.
     */
    private static synchronized void loadNative(DataDirectory directory) {
        if (System.getProperty(UNPACK_TO) != null) {
            return;
        }
        try {
            Path unpackTo = Files.createDirectories(directory.nativeLibrary());
            removeLeftovers(unpackTo);
            System.setProperty(UNPACK_TO, unpackTo.toString());
            SQLiteJDBCLoader.initialize();
        } catch (Exception e) { // the loader's own signature
            log.info("SQLite's native library does not load from {} ({}): trying java.io.tmpdir", directory.path(), e);
            System.setProperty(UNPACK_TO, System.getProperty("java.io.tmpdir", "/tmp"));
        }
    }

    private static void removeLeftovers(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "sqlite-*")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }
}

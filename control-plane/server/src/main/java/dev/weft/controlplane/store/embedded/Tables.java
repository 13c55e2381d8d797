package dev.weft.controlplane.store.embedded;

import com.google.protobuf.ByteString;
import dev.weft.controlplane.store.Store.Change;
import dev.weft.controlplane.store.Store.ChangeSet;
import dev.weft.controlplane.store.Store.Entry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What can be asked of the database and written to it. Confined to the thread that owns the connection.
 *
 * <p>A row of {@code history} is one state of a key: it held from {@code revision} until {@code superseded} (NULL: it still holds),
 * so that the past is read with two comparisons, the state before a change is one look-up, and compaction is a delete by range.
 */
final class Tables implements AutoCloseable {
    static final List<String> SCHEMA = List.of(
            "CREATE TABLE revision (revision INTEGER PRIMARY KEY, committed_at_ms INTEGER NOT NULL)",
            """
            CREATE TABLE history (key TEXT NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL, version INTEGER NOT NULL,
            lease INTEGER NOT NULL, deleted INTEGER NOT NULL, value BLOB, superseded INTEGER, PRIMARY KEY (key, revision))""",
            "CREATE UNIQUE INDEX history_present ON history (key) WHERE superseded IS NULL",
            "CREATE INDEX history_revision ON history (revision)",
            "CREATE INDEX history_superseded ON history (superseded) WHERE superseded IS NOT NULL",
            "CREATE INDEX history_deleted ON history (revision) WHERE deleted = 1",
            "CREATE INDEX history_lease ON history (lease) WHERE superseded IS NULL AND lease <> 0",
            "CREATE TABLE once (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, committed_at_ms INTEGER NOT NULL)",
            "CREATE INDEX once_committed ON once (committed_at_ms)",
            "CREATE TABLE lease (id INTEGER PRIMARY KEY AUTOINCREMENT, time_to_live_ms INTEGER NOT NULL)");

    private static final String STATE = "h.key, h.value, h.created, h.revision, h.version, h.lease";
    private static final String BEFORE = "p.key, p.value, p.created, p.revision, p.version, p.lease";

    private final Connection connection;

    Tables(Connection connection) {
        this.connection = connection;
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    long presentRevision() throws SQLException {
        return number("SELECT max(revision) FROM revision").orElse(0);
    }

    /** The revision that was compacted to last. */
    long oldestRevision() throws SQLException {
        return number("SELECT min(revision) FROM revision").orElse(0);
    }

    OptionalLong committedAtMillis(long revision) throws SQLException {
        return number("SELECT committed_at_ms FROM revision WHERE revision = ?", revision);
    }

    Optional<Entry> present(String key) throws SQLException {
        return states("h.superseded IS NULL AND h.deleted = 0 AND h.key = ?", key).stream()
                .findFirst();
    }

    List<Entry> presentUnder(String prefix) throws SQLException {
        return states(
                "h.superseded IS NULL AND h.deleted = 0 AND h.key >= ? AND h.key < ? ORDER BY h.key",
                prefix,
                endOf(prefix));
    }

    List<Entry> pastUnder(String prefix, long revision) throws SQLException {
        return states(
                "h.key >= ? AND h.key < ? AND h.revision <= ? AND (h.superseded IS NULL OR h.superseded > ?) AND h.deleted = 0"
                        + " ORDER BY h.key",
                prefix,
                endOf(prefix),
                revision,
                revision);
    }

    List<Entry> presentUnderLease(long lease) throws SQLException {
        return states("h.superseded IS NULL AND h.deleted = 0 AND h.lease = ? AND h.lease <> 0 ORDER BY h.key", lease);
    }

    /** The last of the given number of revisions that follow one. */
    long pageEnd(long afterRevision, int revisions) throws SQLException {
        return number(
                        "SELECT max(revision) FROM (SELECT revision FROM revision WHERE revision > ? ORDER BY revision LIMIT ?)",
                        afterRevision,
                        revisions)
                .orElse(afterRevision);
    }

    List<ChangeSet> changes(String prefix, long afterRevision, long lastRevision) throws SQLException {
        String sql = "SELECT " + STATE + ", h.deleted, " + BEFORE
                + " FROM history h LEFT JOIN history p ON p.key = h.key AND p.superseded = h.revision AND p.deleted = 0"
                + " WHERE h.revision > ? AND h.revision <= ? AND h.key >= ? AND h.key < ? ORDER BY h.revision, h.key";
        List<ChangeSet> sets = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        long revision = afterRevision;
        try (PreparedStatement statement = prepare(sql, afterRevision, lastRevision, prefix, endOf(prefix));
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                Entry state = entry(rows, 1);
                if (state.modRevision() != revision && !changes.isEmpty()) {
                    sets.add(new ChangeSet(revision, List.copyOf(changes)));
                    changes.clear();
                }
                revision = state.modRevision();
                Optional<Entry> after = rows.getBoolean(7) ? Optional.empty() : Optional.of(state);
                Optional<Entry> before = rows.getObject(8) == null ? Optional.empty() : Optional.of(entry(rows, 8));
                changes.add(new Change(state.key(), before, after, revision));
            }
        }
        if (!changes.isEmpty()) {
            sets.add(new ChangeSet(revision, List.copyOf(changes)));
        }
        return sets;
    }

    void addRevision(long revision, long committedAtMillis) throws SQLException {
        update("INSERT INTO revision VALUES (?, ?)", revision, committedAtMillis);
    }

    void put(Entry entry) throws SQLException {
        supersede(entry.key(), entry.modRevision());
        update(
                "INSERT INTO history VALUES (?, ?, ?, ?, ?, 0, ?, NULL)",
                entry.key(),
                entry.modRevision(),
                entry.createRevision(),
                entry.version(),
                entry.lease(),
                entry.value().toByteArray());
    }

    void delete(String key, long revision) throws SQLException {
        supersede(key, revision);
        update("INSERT INTO history VALUES (?, ?, 0, 0, 0, 1, NULL, NULL)", key, revision);
    }

    OptionalLong revisionOfOnce(String id) throws SQLException {
        return number("SELECT revision FROM once WHERE id = ?", id);
    }

    void addOnce(String id, long revision, long committedAtMillis) throws SQLException {
        update("INSERT INTO once VALUES (?, ?, ?)", id, revision, committedAtMillis);
    }

    void forgetOnceBefore(long committedAtMillis) throws SQLException {
        update("DELETE FROM once WHERE committed_at_ms < ?", committedAtMillis);
    }

    long addLease(long timeToLiveMillis) throws SQLException {
        return number("INSERT INTO lease (time_to_live_ms) VALUES (?) RETURNING id", timeToLiveMillis)
                .orElseThrow();
    }

    boolean hasLease(long id) throws SQLException {
        return number("SELECT id FROM lease WHERE id = ?", id).isPresent();
    }

    void removeLease(long id) throws SQLException {
        update("DELETE FROM lease WHERE id = ?", id);
    }

    /** Times to live in milliseconds by id. */
    Map<Long, Long> leases() throws SQLException {
        Map<Long, Long> leases = new HashMap<>();
        try (PreparedStatement statement = prepare("SELECT id, time_to_live_ms FROM lease");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                leases.put(rows.getLong(1), rows.getLong(2));
            }
        }
        return leases;
    }

    void compact(long revision) throws SQLException {
        update("DELETE FROM history WHERE superseded <= ?", revision);
        update("DELETE FROM history WHERE deleted = 1 AND revision <= ?", revision);
        update("DELETE FROM revision WHERE revision < ?", revision);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private void supersede(String key, long revision) throws SQLException {
        update("UPDATE history SET superseded = ? WHERE key = ? AND superseded IS NULL", revision, key);
    }

    /** No key holds the last code point, so this is above every key with the prefix and below all others. */
    private static String endOf(String prefix) {
        return prefix + Character.toString(Character.MAX_CODE_POINT);
    }

    private List<Entry> states(String where, Object... parameters) throws SQLException {
        List<Entry> entries = new ArrayList<>();
        try (PreparedStatement statement = prepare("SELECT " + STATE + " FROM history h WHERE " + where, parameters);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                entries.add(entry(rows, 1));
            }
        }
        return entries;
    }

    private OptionalLong number(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters);
                ResultSet rows = statement.executeQuery()) {
            return rows.next() && rows.getObject(1) != null ? OptionalLong.of(rows.getLong(1)) : OptionalLong.empty();
        }
    }

    private void update(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters)) {
            statement.executeUpdate();
        }
    }

    private PreparedStatement prepare(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    private static Entry entry(ResultSet rows, int first) throws SQLException {
        byte[] value = rows.getBytes(first + 1);
        return new Entry(
                rows.getString(first),
                value == null ? ByteString.EMPTY : ByteString.copyFrom(value),
                rows.getLong(first + 2),
                rows.getLong(first + 3),
                rows.getLong(first + 4),
                rows.getLong(first + 5));
    }
}

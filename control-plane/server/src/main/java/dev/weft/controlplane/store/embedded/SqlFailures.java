package dev.weft.controlplane.store.embedded;

import dev.weft.controlplane.store.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** From what SQLite says to what a person can act on. */
final class SqlFailures {
    private SqlFailures() {}

    static StoreException ofWrite(Path directory, SQLException failure) {
        String text = switch (code(failure) & 0xFF) {
            case 13 -> "the disk is full; nothing was written, reads go on, writes do once there is room";
            case 8 -> "the database is read-only; nothing was written (" + failure.getMessage() + ")";
            case 11, 26 ->
                "the database is damaged: stop, and restore weft.db from a backup (" + failure.getMessage() + ")";
            default -> "nothing was written (" + failure.getMessage() + ")";
        };
        return new StoreException.WriteFailed("data directory " + directory + ": " + text);
    }

    static StoreException ofRead(Path directory, SQLException failure) {
        return new StoreException.Unavailable(
                "data directory " + directory + ": cannot be read (" + failure.getMessage() + ")");
    }

    static boolean isDamage(SQLException failure) {
        int code = code(failure) & 0xFF;
        return code == SQLiteErrorCode.SQLITE_CORRUPT.code || code == SQLiteErrorCode.SQLITE_NOTADB.code;
    }

    private static int code(SQLException failure) {
        return failure instanceof SQLiteException sqlite ? sqlite.getResultCode().code : failure.getErrorCode();
    }
}

package dev.weft.proxy.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What is asked of a peer's certificate. All that is said here must hold; with nothing said, nothing is checked.
 *
 * @param authorities PEM of the CAs that its chain must lead to
 * @param names of which it must hold one; empty for any
 * @param certificateHashes SHA-256 of whole certificates, in hex with or without colons
 * @param keyHashes SHA-256 of public keys (SubjectPublicKeyInfo), in base64; with both kinds of hashes it must be one of either
 * @param revocations PEM of the revocation lists of these CAs; where there are any, each CA of a chain must have one
 */
public record PeerValidation(
        Optional<String> authorities,
        List<PeerName> names,
        List<String> certificateHashes,
        List<String> keyHashes,
        Optional<String> revocations) {
    public static final PeerValidation NONE =
            new PeerValidation(Optional.empty(), List.of(), List.of(), List.of(), Optional.empty());

    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{2}(?::?[0-9a-fA-F]{2}){31}");
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]{43}=");

    public PeerValidation {
        names = List.copyOf(names);
        certificateHashes = List.copyOf(certificateHashes);
        keyHashes = List.copyOf(keyHashes);
        all(certificateHashes, HEX, "verify_certificate_hash", "SHA-256 in hex, 64 digits");
        all(keyHashes, BASE64, "verify_certificate_spki", "SHA-256 in base64, 44 characters");
        if (revocations.isPresent() && authorities.isEmpty()) {
            throw new IllegalArgumentException("crl: without trusted_ca (expected: both, for those sign it)");
        }
    }

    /** By authorities and names. */
    public PeerValidation(String authorities, List<PeerName> names) {
        this(Optional.of(authorities), names, List.of(), List.of(), Optional.empty());
    }

    private static void all(List<String> hashes, Pattern form, String field, String expected) {
        for (int i = 0; i < hashes.size(); i++) {
            if (!form.matcher(hashes.get(i)).matches()) {
                throw new IllegalArgumentException(
                        "%s[%d]: %s (expected: %s)".formatted(field, i, hashes.get(i), expected));
            }
        }
    }

    /** Whether a peer has to prove anything: anyone can claim a name. */
    public boolean asksForProof() {
        return authorities.isPresent() || isPinned();
    }

    /** Whether it says which certificates or keys they are. */
    public boolean isPinned() {
        return !certificateHashes.isEmpty() || !keyHashes.isEmpty();
    }

    /** Both: lists are put together, and of what there can be but one that of {@code other} counts, as in protobuf's merge. */
    public PeerValidation and(PeerValidation other) {
        return new PeerValidation(
                other.authorities.or(() -> authorities),
                joined(names, other.names),
                joined(certificateHashes, other.certificateHashes),
                joined(keyHashes, other.keyHashes),
                other.revocations.or(() -> revocations));
    }

    private static <T> List<T> joined(List<T> first, List<T> second) {
        List<T> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }
}

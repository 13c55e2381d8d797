package dev.weft.sidecar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.model.ClientTls;
import dev.weft.proxy.model.PeerName;
import dev.weft.proxy.model.PeerValidation;
import dev.weft.proxy.model.ServerTls;
import dev.weft.sidecar.xds.Translation.Translated;
import dev.weft.sidecar.xds.message.Message;
import dev.weft.sidecar.xds.message.Problems;
import dev.weft.sidecar.xds.message.YamlTree;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets, and TLS contexts that name them. */
class SecretTranslationTest {
    private static final String COMMON = "transport_socket.typed_config.common_tls_context.";
    private static final ServerTls.Certificate OWN = new ServerTls.Certificate(Pem.CHAIN, Pem.KEY);
    private static final String CERTIFICATE =
            "tls_certificate: {certificate_chain: {filename: chain.pem}, private_key: {filename: key.pem}}";
    private static final String PEERS = "validation_context: {trusted_ca: {filename: ca.pem}}";

    private final Map<String, String> disk =
            new HashMap<>(Map.of("chain.pem", Pem.CHAIN, "key.pem", Pem.KEY, "ca.pem", Pem.AUTHORITY));
    private final Map<String, Secret> statics = new HashMap<>();

    private Translated<ClusterDraft> cluster(String common) {
        String yaml = "{name: c, type: STATIC, transport_socket: {name: tls, typed_config: {'@type':"
                + " type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext,"
                + " common_tls_context: {" + common + "}}}}";
        Problems problems = new Problems();
        Message message = Message.ofJson(ResourceType.CLUSTER.messageType(), YamlTree.of("test", yaml), problems);
        return new Translation(this::read, statics).cluster(message, problems);
    }

    private String read(String path) throws NoSuchFileException {
        String text = disk.get(path);
        if (text == null) {
            throw new NoSuchFileException(path);
        }
        return text;
    }

    private ClientTls tls(String common) {
        Translated<ClusterDraft> translated = cluster(common);
        assertThat(translated.problems()).isEmpty();
        return Optional.ofNullable(translated.value())
                .flatMap(draft -> draft.config().tls())
                .orElseThrow();
    }

    private List<String> problems(String common) {
        return cluster(common).problems();
    }

    private Secret secret(String yaml) {
        return (Secret) Yaml.accepted(ResourceType.SECRET, "{name: s, " + yaml + "}");
    }

    private List<String> secretProblems(String yaml) {
        return Yaml.problems(ResourceType.SECRET, "{name: s, " + yaml + "}");
    }

    private static String own(String source) {
        return "tls_certificate_sds_secret_configs: [{name: own" + source + "}]";
    }

    private static String file(String path) {
        return ", sds_config: {path_config_source: {path: " + path + ", watched_directory: {path: /etc}},"
                + " resource_api_version: V3}";
    }

    @Test
    void aSecretIsACertificateOrWhatPeersAreCheckedBy() {
        assertThat(secret(CERTIFICATE)).isEqualTo(new Secret.Certificate(OWN));
        assertThat(secret(PEERS)).isEqualTo(new Secret.Validation(new PeerValidation(Pem.AUTHORITY, List.of())));
        assertThat(secretProblems("generic_secret: {}"))
                .containsExactlyInAnyOrder(
                        "generic_secret: not supported",
                        "nothing in it (expected: tls_certificate or validation_context)");
        assertThat(secretProblems("validation_context: {}"))
                .containsExactly("validation_context.trusted_ca: missing (expected: PEM, inline or by filename)");
    }

    @Test
    void keysAndCertificatesAreReadBeforeTheyAreAccepted() {
        assertThat(secretProblems("tls_certificate: {certificate_chain: {inline_string: nonsense}, private_key:"
                        + " {filename: key.pem}}"))
                .singleElement()
                .asString()
                .startsWith("tls_certificate.certificate_chain: ");
        assertThat(secretProblems("tls_certificate: {certificate_chain: {inline_string: "
                        + Pem.quoted(Pem.OTHER.getCertificatePathPEM()) + "}, private_key: {filename: key.pem}}"))
                .containsExactly("tls_certificate.private_key: of another certificate (expected: the key of CN=other)");
        assertThat(secretProblems("tls_certificate: {certificate_chain: {filename: chain.pem}}"))
                .containsExactly("tls_certificate.private_key: missing (expected: PEM, inline or by filename)");
        assertThat(secretProblems("validation_context: {trusted_ca: {inline_string: nonsense}}"))
                .singleElement()
                .asString()
                .startsWith("validation_context.trusted_ca: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
                "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIB\n"
                        + "-----END EC PRIVATE KEY-----\n"
            })
    void anEncryptedKeyIsToldForWhatItIs(String key) {
        assertThat(secretProblems("tls_certificate: {certificate_chain: {filename: chain.pem}, private_key:"
                        + " {inline_string: " + Pem.quoted(key) + "}}"))
                .containsExactly("tls_certificate.private_key: encrypted with a passphrase (expected: an unencrypted"
                        + " key, as \"openssl pkey -in KEY -out PLAIN\" makes of it, that only its owner can read)");
    }

    @Test
    void hashesOfCertificatesAreRead() {
        String hex = "df:6f".repeat(1) + ":6f".repeat(30);
        String base64 = "NvqYIYSbgK2vCJpQhObf77vv+bQWtc5ek5RIOwPiC9A=";
        assertThat(secret("validation_context: {verify_certificate_hash: ['" + hex + "'], verify_certificate_spki: ["
                        + base64 + "]}"))
                .isEqualTo(new Secret.Validation(new PeerValidation(
                        Optional.empty(), List.of(), List.of(hex), List.of(base64), Optional.empty())));
        assertThat(secretProblems("validation_context: {verify_certificate_hash: [ab]}"))
                .containsExactly(
                        "validation_context.verify_certificate_hash[0]: ab" + " (expected: SHA-256 in hex, 64 digits)");
        assertThat(secretProblems("validation_context: {trusted_ca: {filename: ca}, crl: {inline_string: none}}"))
                .singleElement()
                .asString()
                .startsWith("validation_context.crl: ");
    }

    @Test
    void aSecretOfTheBootstrapIsFoundByItsNameAlone() {
        statics.put("own", new Secret.Certificate(OWN));
        statics.put("peers", new Secret.Validation(new PeerValidation(Pem.AUTHORITY, List.of())));

        assertThat(tls(own("") + ", validation_context_sds_secret_config: {name: peers}"))
                .satisfies(tls -> assertThat(tls.certificate()).contains(OWN))
                .satisfies(tls -> assertThat(tls.peer()).contains(new PeerValidation(Pem.AUTHORITY, List.of())));
        assertThat(problems("tls_certificate_sds_secret_configs: [{name: unknown}, {name: peers}, {}]"))
                .containsExactly(
                        COMMON + "tls_certificate_sds_secret_configs[0].name: unknown"
                                + " (expected: one of static_resources.secrets, or with sds_config)",
                        COMMON + "tls_certificate_sds_secret_configs[1].name: secret peers: validation_context"
                                + " (expected: tls_certificate)",
                        COMMON + "tls_certificate_sds_secret_configs[2].name: empty (expected: a name)");
    }

    @Test
    void aFileHoldsAResponseOrOneSecret() {
        String type = "'@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret, ";
        disk.put(
                "/sds.yaml",
                "resources: [{" + type + "name: other, " + PEERS + "}, {" + type + "name: own, " + CERTIFICATE + "}]");
        disk.put(
                "/one.json",
                "{\"name\": \"own\", \"tls_certificate\": {\"certificate_chain\": {\"filename\":"
                        + " \"chain.pem\"}, \"private_key\": {\"filename\": \"key.pem\"}}}");

        assertThat(tls(own(file("/sds.yaml"))).certificate()).contains(OWN);
        assertThat(tls(own(file("/one.json"))).certificate()).contains(OWN);
        assertThat(tls(own(", sds_config: {path: /one.json}")).certificate()).contains(OWN);
    }

    @Test
    void aFileThatCannotBeUsedIsRefusedByItsPath() {
        String at = COMMON + "tls_certificate_sds_secret_configs[0].sds_config.path_config_source.path: ";
        disk.put("/torn.yaml", "{");
        disk.put("/empty.yaml", "");
        disk.put("/other.yaml", "{name: other, " + PEERS + "}");
        disk.put("/bad.yaml", "{name: own, tls_certificate: {certificate_chain: {filename: gone.pem}}}");
        disk.put("/kind.yaml", "{name: own, " + PEERS + "}");
        disk.put(
                "/types.yaml",
                "resources: [{'@type': type.googleapis.com/envoy.config.cluster.v3.Cluster, name: own}]");

        assertThat(problems(own(file("/gone.yaml"))))
                .containsExactly(at + "/gone.yaml: cannot be read (NoSuchFileException)");
        assertThat(problems(own(file("/sds.pb"))))
                .containsExactly(at + "/sds.pb: cannot be told what it is"
                        + " (expected: a name that ends in .yaml, .yml or .json)");
        assertThat(problems(own(file("/torn.yaml")))).singleElement().asString().startsWith(at + "/torn.yaml: ");
        assertThat(problems(own(file("/empty.yaml"))))
                .containsExactly(at + "/empty.yaml: empty (expected: a document)");
        assertThat(problems(own(file("/other.yaml"))))
                .containsExactly(at + "/other.yaml: without a secret own, with [other] (expected: that one in it)");
        assertThat(problems(own(file("/bad.yaml"))))
                .containsExactly(
                        at + "/bad.yaml: tls_certificate.certificate_chain.filename: gone.pem: cannot be read"
                                + " (NoSuchFileException)",
                        at + "/bad.yaml: tls_certificate.private_key: missing (expected: PEM, inline or by filename)");
        assertThat(problems(own(file("/kind.yaml"))))
                .containsExactly(at + "secret own: validation_context (expected: tls_certificate)");
        assertThat(problems(own(file("/types.yaml"))))
                .containsExactly(at + "/types.yaml: resources[0]: envoy.config.cluster.v3.Cluster (expected:"
                        + " envoy.extensions.transport_sockets.tls.v3.Secret)");
    }

    @Test
    void aSecretOfTheControlPlaneIsWaitedFor() {
        ClusterDraft draft = Optional.ofNullable(
                        cluster(own(", sds_config: {ads: {}, initial_fetch_timeout: 3s, resource_api_version: V3}"))
                                .value())
                .orElseThrow();

        assertThat(draft.config().tls()).isEmpty();
        assertThat(draft.tls().orElseThrow().secrets())
                .containsExactly(new SecretRef(Secret.Kind.CERTIFICATE, "own", Duration.ofSeconds(3)));
    }

    @Test
    void whatIsCombinedIsAskedForTogether() {
        statics.put("peers", new Secret.Validation(new PeerValidation(Pem.AUTHORITY, List.of(PeerName.dns("b")))));

        assertThat(tls("combined_validation_context: {default_validation_context: {match_typed_subject_alt_names: ["
                                + "{san_type: DNS, matcher: {exact: a}}]}, validation_context_sds_secret_config:"
                                + " {name: peers}}")
                        .peer())
                .contains(new PeerValidation(Pem.AUTHORITY, List.of(PeerName.dns("a"), PeerName.dns("b"))));
    }

    @Test
    void whatContradictsItselfIsRefused() {
        statics.put("own", new Secret.Certificate(OWN));
        assertThat(problems("tls_certificates: [{certificate_chain: {filename: chain.pem}, private_key: {filename:"
                        + " key.pem}}], " + own("")))
                .contains(COMMON + "tls_certificate_sds_secret_configs: set beside tls_certificates"
                        + " (expected: one of the two)");
        assertThat(problems(own(", sds_config: {resource_api_version: V3}")))
                .containsExactly(COMMON + "tls_certificate_sds_secret_configs[0].sds_config: no source"
                        + " (expected: ads or path_config_source)");
        assertThat(problems(own(", sds_config: {api_config_source: {}}")))
                .contains(COMMON + "tls_certificate_sds_secret_configs[0].sds_config.api_config_source:"
                        + " not supported");
    }
}

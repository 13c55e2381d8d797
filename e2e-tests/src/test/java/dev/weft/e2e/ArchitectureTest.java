package dev.weft.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Duration;

/** The directions of the house; Maven keeps the modules apart, this keeps the packages. */
@AnalyzeClasses(packages = "dev.weft", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES_IN_THE_CONTROL_PLANE =
            slices().matching("dev.weft.controlplane.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES_IN_THE_PROXY =
            slices().matching("dev.weft.proxy.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES_IN_THE_SIDECAR =
            slices().matching("dev.weft.sidecar.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ONLY_THE_ETCD_STORE_SEES_JETCD = noClasses()
            .that()
            .resideOutsideOfPackage("dev.weft.controlplane.store.etcd..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.etcd..");

    @ArchTest
    static final ArchRule TRANSLATION_IS_PURE = noClasses()
            .that()
            .resideInAPackage("dev.weft.controlplane.translate..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.weft.controlplane.store..",
                    "io.grpc..",
                    "org.slf4j..",
                    "java.util.concurrent..",
                    "java.time..");

    @ArchTest
    static final ArchRule THE_XDS_SERVER_KNOWS_NO_MESH = noClasses()
            .that()
            .resideInAPackage("dev.weft.xds..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.weft.controlplane..", "dev.weft.v1..", "dev.weft.api..");

    @ArchTest
    static final ArchRule THE_DATA_PLANE_KNOWS_NO_MESH_RESOURCES = noClasses()
            .that()
            .resideInAnyPackage("dev.weft.balance..", "dev.weft.proxy..", "dev.weft.sidecar..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.weft.v1..", "dev.weft.api..", "dev.weft.controlplane..", "dev.weft.xds..");

    @ArchTest
    static final ArchRule THE_PROXY_KNOWS_NO_XDS = noClasses()
            .that()
            .resideInAnyPackage("dev.weft.balance..", "dev.weft.proxy..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.envoyproxy..", "com.google.protobuf..", "io.grpc..");

    @ArchTest
    static final ArchRule BALANCING_IS_PURE_JAVA = classes()
            .that()
            .resideInAPackage("dev.weft.balance..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.weft.balance..", "java..", "org.jspecify..");

    /** They are done in decimals, and the first decimal of a process makes tables: 40 ms of a sidecar's start. */
    @ArchTest
    static final ArchRule A_START_MULTIPLIES_NO_DURATIONS = noClasses()
            .that()
            .resideInAnyPackage("dev.weft.proxy..", "dev.weft.sidecar..")
            .should()
            .callMethod(Duration.class, "multipliedBy", long.class)
            .orShould()
            .callMethod(Duration.class, "dividedBy", long.class)
            .orShould()
            .callMethod(Duration.class, "dividedBy", Duration.class);
}

package dev.weft.balance;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What the module promises about itself: pure decisions, and packages that depend one way. */
class ArchitectureTest {

    private static final JavaClasses MODULE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.weft.balance");

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.weft.balance.(*)..").should().beFreeOfCycles().check(MODULE);
        noClasses()
                .that()
                .resideInAPackage("dev.weft.balance")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.weft.balance.policy..", "dev.weft.balance.health..", "dev.weft.balance.limit..")
                .check(MODULE);
    }

    @Test
    void nothingButTheLanguageIsNeeded() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "dev.weft.balance..",
                        "java.lang..",
                        "java.math",
                        "java.nio",
                        "java.nio.charset",
                        "java.time..",
                        "java.util..",
                        "java.net",
                        "org.jspecify.annotations")
                .check(MODULE);
    }

    @Test
    void nothingReadsAClockOfItsOwn() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(ClusterEndpoints.class) // hands System::nanoTime on, for those who bring no clock
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(MODULE);
    }
}

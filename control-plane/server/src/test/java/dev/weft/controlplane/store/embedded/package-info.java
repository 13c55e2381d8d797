/** The embedded store under test: the contract, and what only a store on a local disk goes through. */
@NullMarked
package dev.weft.controlplane.store.embedded;

import org.jspecify.annotations.NullMarked;

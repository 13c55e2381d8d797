/** The store over a real etcd under test: the contract, and what only a store behind a network goes through. */
@NullMarked
package dev.weft.controlplane.store.etcd;

import org.jspecify.annotations.NullMarked;

package dev.weft.proxy.route;

/** What is to be done with a request. Immutable, and made when a table is compiled, so that deciding allocates nothing. */
public sealed interface RouteDecision permits ForwardDecision, RedirectDecision, RespondDecision {}

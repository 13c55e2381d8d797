/** Which of the kernel's interfaces carries the bytes: io_uring, epoll or plain NIO, chosen once per process. */
@NullMarked
package dev.weft.proxy.transport;

import org.jspecify.annotations.NullMarked;

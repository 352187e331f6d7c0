/* The floor of `xmc bench wire`: the system calls that no engine can do without, and nothing else.

   epoll; one datagram read; one write of prepared bytes on each of two TCP connections; reads of the answers. No log, no
   decoding, no decision. Ends when standard input does.

   usage: floor GROUP PORT FD1 FD2 ORDERS        ORDERS: two times (u32 length, bytes) */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_MAX 4096

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int poller, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) < 0) fail("epoll_ctl");
}

int main(int count, char **words) {
    if (count != 6) {
        fprintf(stderr, "usage: floor GROUP PORT FD1 FD2 ORDERS\n");
        return 2;
    }
    int receiver = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
    struct sockaddr_in group = {.sin_family = AF_INET, .sin_port = htons(atoi(words[2]))};
    inet_pton(AF_INET, words[1], &group.sin_addr);
    struct ip_mreq membership = {.imr_multiaddr = group.sin_addr, .imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(receiver, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(receiver, (struct sockaddr *)&group, sizeof group) < 0) fail("bind");
    if (setsockopt(receiver, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) < 0) fail("join");
    int connections[2] = {atoi(words[3]), atoi(words[4])};
    static char orders[2][MESSAGE_MAX];
    uint32_t lengths[2];
    FILE *file = fopen(words[5], "rb");
    if (file == NULL) fail(words[5]);
    for (int at = 0; at < 2; at++)
        if (fread(&lengths[at], 4, 1, file) != 1 || fread(orders[at], 1, lengths[at], file) != lengths[at]) fail(words[5]);
    fclose(file);
    int poller = epoll_create1(0);
    watch(poller, receiver);
    watch(poller, connections[0]);
    watch(poller, connections[1]);
    watch(poller, 0);
    puts("ready");
    fflush(stdout);
    char buffer[65536];
    for (;;) {
        struct epoll_event events[8];
        int ready = epoll_wait(poller, events, 8, -1);
        for (int at = 0; at < ready; at++) {
            int descriptor = events[at].data.fd;
            ssize_t size = read(descriptor, buffer, descriptor == receiver ? 2048 : sizeof buffer);
            if (descriptor == receiver && size > 0) {
                if (write(connections[0], orders[0], lengths[0]) < 0) fail("write");
                if (write(connections[1], orders[1], lengths[1]) < 0) fail("write");
            } else if (size <= 0) {
                return 0;
            }
        }
    }
}

/* The client of `xmc bench wire`: plays both venues towards an engine or the floor.

   For each prepared datagram: take the time, send it to the group, read both order connections until each has one whole
   FIX message (…10=nnn|), take the time, answer each order with an ExecutionReport that fills it, pause. Prints one
   latency in nanoseconds per line, 0 when no order came because the fills before were not yet taken in; the last line
   is "next SEQ SEQ", the outgoing sequence numbers that follow.

   usage: client GROUP PORT FD1 FD2 PACKETS FIRST COUNT SEQ1 SEQ2 ORDERS PAUSE_US
   PACKETS: file of (u32 length, bytes); ORDERS: where the last two orders are written, each preceded by its u32 length. */

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOH '\x01'
#define MESSAGE_MAX 4096
#define PATIENCE_NS 50000000LL

typedef struct {
    int descriptor;
    long sequence;
    int used;
    char bytes[MESSAGE_MAX];
} Connection;

static int64_t now_ns(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return (int64_t)moment.tv_sec * 1000000000LL + moment.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "bench client: %s: %s\n", what, errno ? strerror(errno) : "unexpected");
    exit(1);
}

/* A message is whole when it ends with the checksum field: SOH 1 0 = d d d SOH. */
static int is_whole(const Connection *connection) {
    int used = connection->used;
    const char *end = connection->bytes + used - 8;
    return used > 20 && end[0] == SOH && end[1] == '1' && end[2] == '0' && end[3] == '=' && end[7] == SOH;
}

static int64_t receive_both(Connection *both) {
    int64_t began = now_ns();
    int whole[2] = {0, 0};
    while (!whole[0] || !whole[1]) {
        for (int at = 0; at < 2; at++) {
            Connection *connection = &both[at];
            if (whole[at]) continue;
            ssize_t count = recv(connection->descriptor, connection->bytes + connection->used,
                                 MESSAGE_MAX - connection->used, MSG_DONTWAIT);
            if (count == 0) fail("connection closed");
            if (count < 0) {
                if (errno != EAGAIN && errno != EWOULDBLOCK) fail("recv");
                if (now_ns() - began > PATIENCE_NS) {
                    if (both[0].used == 0 && both[1].used == 0) return 0;
                    errno = 0;
                    fail("one leg's order came without the other's");
                }
                continue;
            }
            connection->used += (int)count;
            whole[at] = is_whole(connection);
        }
    }
    return now_ns();
}

/* Value of a field; the message begins with tag 8, so every other tag follows a SOH. */
static int field(const Connection *order, const char *tag, char *value, int size) {
    char wanted[16];
    int length = snprintf(wanted, sizeof wanted, "%c%s=", SOH, tag);
    const char *start = memmem(order->bytes, order->used, wanted, length);
    if (start == NULL) fail(tag);
    start += length;
    const char *end = memchr(start, SOH, order->bytes + order->used - start);
    int count = (int)(end - start);
    if (count >= size) fail(tag);
    memcpy(value, start, count);
    value[count] = 0;
    return count;
}

static void answer(Connection *order) {
    char sender[64], target[64], at[40], id[32], symbol[32], side[4], quantity[16], price[24];
    char body[1024], frame[1200];
    field(order, "49", sender, sizeof sender);
    field(order, "56", target, sizeof target);
    field(order, "52", at, sizeof at);
    field(order, "11", id, sizeof id);
    field(order, "55", symbol, sizeof symbol);
    field(order, "54", side, sizeof side);
    field(order, "38", quantity, sizeof quantity);
    field(order, "44", price, sizeof price);
    int length = snprintf(body, sizeof body,
        "35=8%c49=%s%c56=%s%c34=%ld%c52=%s%c37=%s%c11=%s%c17=%s%c150=F%c39=2%c55=%s%c54=%s%c38=%s%c32=%s%c31=%s%c"
        "151=0%c14=%s%c6=%s%c60=%s%c",
        SOH, target, SOH, sender, SOH, order->sequence++, SOH, at, SOH, id, SOH, id, SOH, id, SOH, SOH, SOH, symbol,
        SOH, side, SOH, quantity, SOH, quantity, SOH, price, SOH, SOH, quantity, SOH, price, SOH, at, SOH);
    int total = snprintf(frame, sizeof frame, "8=FIX.4.4%c9=%d%c%s", SOH, length, SOH, body);
    unsigned sum = 0;
    for (int at_byte = 0; at_byte < total; at_byte++) sum += (unsigned char)frame[at_byte];
    total += snprintf(frame + total, sizeof frame - total, "10=%03u%c", sum & 255, SOH);
    if (send(order->descriptor, frame, total, 0) != total) fail("send");
}

static unsigned char *load(const char *path, long *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path);
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    unsigned char *content = malloc(*size);
    if (fread(content, 1, *size, file) != (size_t)*size) fail(path);
    fclose(file);
    return content;
}

int main(int count, char **words) {
    if (count != 12) {
        fprintf(stderr, "usage: client GROUP PORT FD1 FD2 PACKETS FIRST COUNT SEQ1 SEQ2 ORDERS PAUSE_US\n");
        return 2;
    }
    int sender = socket(AF_INET, SOCK_DGRAM, 0);
    struct in_addr loopback = {.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in group = {.sin_family = AF_INET, .sin_port = htons(atoi(words[2]))};
    inet_pton(AF_INET, words[1], &group.sin_addr);
    setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback);
    static Connection both[2];
    both[0].descriptor = atoi(words[3]);
    both[1].descriptor = atoi(words[4]);
    both[0].sequence = atol(words[8]);
    both[1].sequence = atol(words[9]);
    long size = 0, offset = 0;
    unsigned char *packets = load(words[5], &size);
    int first = atoi(words[6]), rounds = atoi(words[7]), pause_us = atoi(words[11]);
    for (int round = 0; round < first + rounds; round++) {
        uint32_t length;
        memcpy(&length, packets + offset, sizeof length);
        offset += sizeof length;
        if (round >= first) {
            both[0].used = both[1].used = 0;
            int64_t began = now_ns();
            if (sendto(sender, packets + offset, length, 0, (struct sockaddr *)&group, sizeof group) < 0)
                fail("sendto");
            int64_t received = receive_both(both);
            printf("%lld\n", (long long)(received ? received - began : 0));
            if (received) {
                answer(&both[0]);
                answer(&both[1]);
            }
            usleep(pause_us);
        }
        offset += length;
    }
    FILE *orders = fopen(words[10], "wb");
    if (orders == NULL) fail(words[10]);
    for (int at = 0; at < 2; at++) {
        uint32_t length = both[at].used;
        if (length == 0) continue;
        fwrite(&length, sizeof length, 1, orders);
        fwrite(both[at].bytes, 1, length, orders);
    }
    fclose(orders);
    printf("next %ld %ld\n", both[0].sequence, both[1].sequence);
    return 0;
}

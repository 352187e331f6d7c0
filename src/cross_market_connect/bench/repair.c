/* Both programs of `xmc bench repair`.

   client: plays both venues towards the engine, and towards the floor, under a load of quotes that it sends itself. A
   round against the engine: a datagram fires a spread; both orders are read; another datagram brings the price back; leg
   A is filled or acknowledged; leg B is refused; the time from there to the last byte of what the engine sends next (a re-order on B, an unwind or a cancel
   on A) is the sample; that is answered so that the spread order ends. A round against the floor is the refusal and
   the bytes that follow. Prints one latency in nanoseconds per line; the last line is "next OMD_SEQ SEQ_A SEQ_B".

   floor: epoll; reads whatever comes on B; writes prepared bytes on A or B. Ends when standard input does.

   usage: repair client GROUP PORT FD_A FD_B TRIGGERS LOADS FIRST COUNT OMD_SEQ SEQ_A SEQ_B ACTION LOADS_PER_SECOND SENT
          repair floor FD_A FD_B SENT REPLY_ON
   TRIGGERS (two to a round), LOADS: files of (u32 length, u32 messages, bytes); their sequence number is written when they are sent.
   ACTION: reorder, unwind, cancel, or floor:a, floor:b. SENT: file for one message as the engine sent it, without
   length; the client writes it, or for the floor reads it to know how much to expect. */

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOH '\x01'
#define MESSAGE_MAX 4096
#define PATIENCE_NS 500000000LL
#define BETWEEN_US 150
#define SEQUENCE_OFFSET 4

typedef struct {
    int descriptor;
    long sequence;
    int used;
    char bytes[MESSAGE_MAX];
} Connection;

typedef struct {
    unsigned char *content;
    long size, offset;
} Packets;

static int sender;
static struct sockaddr_in group;
static uint32_t omd_sequence;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile int loading = 1;

static int64_t now_ns(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return (int64_t)moment.tv_sec * 1000000000LL + moment.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "bench repair: %s: %s\n", what, errno ? strerror(errno) : "unexpected");
    exit(1);
}

static unsigned char *load_file(const char *path, long *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path);
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    unsigned char *content = malloc(*size + 1);
    if (fread(content, 1, *size, file) != (size_t)*size) fail(path);
    fclose(file);
    return content;
}

/* The next packet of a file, from the beginning again after the last; `send_it` false only passes over it. */
static void next_packet(Packets *packets, int send_it) {
    uint32_t head[2];
    if (packets->offset >= packets->size) packets->offset = 0;
    memcpy(head, packets->content + packets->offset, sizeof head);
    unsigned char *packet = packets->content + packets->offset + sizeof head;
    packets->offset += sizeof head + head[0];
    if (!send_it) return;
    pthread_mutex_lock(&lock);
    memcpy(packet + SEQUENCE_OFFSET, &omd_sequence, sizeof omd_sequence);
    omd_sequence += head[1];
    if (sendto(sender, packet, head[0], 0, (struct sockaddr *)&group, sizeof group) < 0) fail("sendto");
    pthread_mutex_unlock(&lock);
}

static int per_second;

static void *send_loads(void *packets) {
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    while (loading) {
        next_packet(packets, 1);
        due.tv_nsec += 1000000000L / per_second;
        if (due.tv_nsec >= 1000000000L) {
            due.tv_nsec -= 1000000000L;
            due.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    }
    return NULL;
}

static int is_whole(const Connection *connection) {
    const char *end = connection->bytes + connection->used - 8;
    return connection->used > 20 && end[0] == SOH && end[1] == '1' && end[2] == '0' && end[3] == '=' && end[7] == SOH;
}

/* Read one whole message; returns the time of its last byte. */
static int64_t receive(Connection *connection, const char *what) {
    int64_t began = now_ns();
    connection->used = 0;
    while (!is_whole(connection)) {
        ssize_t count = recv(connection->descriptor, connection->bytes + connection->used,
                             MESSAGE_MAX - connection->used, MSG_DONTWAIT);
        if (count == 0) fail("connection closed");
        if (count > 0) {
            connection->used += (int)count;
        } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
            fail("recv");
        } else if (now_ns() - began > PATIENCE_NS) {
            errno = 0;
            fail(what);
        }
    }
    return now_ns();
}

static void field(const Connection *order, const char *tag, char *value, int size) {
    char wanted[16];
    int length = snprintf(wanted, sizeof wanted, "%c%s=", SOH, tag);
    const char *start = memmem(order->bytes, order->used, wanted, length);
    if (start == NULL) {
        errno = 0;
        fail(tag);
    }
    start += length;
    const char *end = memchr(start, SOH, order->bytes + order->used - start);
    int count = (int)(end - start);
    if (count >= size) fail(tag);
    memcpy(value, start, count);
    value[count] = 0;
}

/* An ExecutionReport about the order last read; `original` is tag 41 where it answers a cancel. Returns the time just
   before it is sent. */
static int64_t report(Connection *order, char exec_type, char status, const char *code, int filled) {
    char sender_id[64], target[64], at[40], id[32], original[32] = "", symbol[32], side[4], quantity[16] = "1";
    char price[24] = "0", extra[128], body[1024], frame[1200];
    static long executions = 0;
    field(order, "49", sender_id, sizeof sender_id);
    field(order, "56", target, sizeof target);
    field(order, "52", at, sizeof at);
    field(order, "11", id, sizeof id);
    field(order, "55", symbol, sizeof symbol);
    field(order, "54", side, sizeof side);
    field(order, "38", quantity, sizeof quantity);
    if (exec_type == '4') field(order, "41", original, sizeof original);
    else field(order, "44", price, sizeof price);
    const char *done = filled ? quantity : "0", *left = status == '0' ? quantity : "0";
    snprintf(extra, sizeof extra, "%c32=%s%c31=%s", SOH, done, SOH, filled ? price : "0");
    if (code[0]) snprintf(extra, sizeof extra, "%c103=99%c58=%s", SOH, SOH, code);
    if (original[0]) snprintf(extra, sizeof extra, "%c41=%s", SOH, original);
    int length = snprintf(body, sizeof body,
        "35=8%c49=%s%c56=%s%c34=%ld%c52=%s%c37=%s%c11=%s%c17=R%ld-%d%c150=%c%c39=%c%c55=%s%c54=%s%c38=%s%s%c"
        "151=%s%c14=%s%c6=%s%c60=%s%c",
        SOH, target, SOH, sender_id, SOH, order->sequence++, SOH, at, SOH, original[0] ? original : id, SOH, id, SOH,
        ++executions, (int)getpid(), SOH, exec_type, SOH, status, SOH, symbol, SOH, side, SOH, quantity, extra, SOH,
        left, SOH, done, SOH, filled ? price : "0", SOH, at, SOH);
    int total = snprintf(frame, sizeof frame, "8=FIX.4.4%c9=%d%c%s", SOH, length, SOH, body);
    unsigned sum = 0;
    for (int byte = 0; byte < total; byte++) sum += (unsigned char)frame[byte];
    total += snprintf(frame + total, sizeof frame - total, "10=%03u%c", sum & 255, SOH);
    int64_t began = now_ns();
    if (send(order->descriptor, frame, total, 0) != total) fail("send");
    return began;
}

static int64_t engine_round(Connection *a, Connection *b, Packets *triggers, const char *action) {
    int is_reorder = strcmp(action, "reorder") == 0, is_cancel = strcmp(action, "cancel") == 0;
    next_packet(triggers, 1);
    receive(a, "no order on leg A");
    receive(b, "no order on leg B");
    next_packet(triggers, 1);
    if (is_cancel) report(a, '0', '0', "", 0);
    else report(a, 'F', '2', "", 1);
    usleep(BETWEEN_US);
    int64_t began = report(b, '8', '8', is_reorder ? "E0022 price" : "E0071 funds", 0);
    Connection *next = is_reorder ? b : a;
    int64_t ended = receive(next, action);
    if (is_cancel) report(a, '4', '4', "", 0);
    else report(next, 'F', '2', "", 1);
    return ended - began;
}

static int64_t floor_round(Connection *b, Connection *next, const char *refusal, int size) {
    int64_t began = now_ns();
    if (send(b->descriptor, refusal, size, 0) != size) fail("send");
    return receive(next, "the floor does not answer") - began;
}

static int client(char **words) {
    sender = socket(AF_INET, SOCK_DGRAM, 0);
    struct in_addr loopback = {.s_addr = htonl(INADDR_LOOPBACK)};
    group.sin_family = AF_INET;
    group.sin_port = htons(atoi(words[1]));
    inet_pton(AF_INET, words[0], &group.sin_addr);
    setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback);
    static Connection a, b;
    a.descriptor = atoi(words[2]);
    b.descriptor = atoi(words[3]);
    Packets triggers = {0}, loads = {0};
    triggers.content = load_file(words[4], &triggers.size);
    loads.content = load_file(words[5], &loads.size);
    int first = atoi(words[6]), rounds = atoi(words[7]);
    omd_sequence = (uint32_t)atol(words[8]);
    a.sequence = atol(words[9]);
    b.sequence = atol(words[10]);
    const char *action = words[11];
    per_second = atoi(words[12]);
    int is_floor = strncmp(action, "floor:", 6) == 0;
    static char refusal[400];
    memset(refusal, 'x', sizeof refusal);
    for (int at = 0; at < 2 * first && !is_floor; at++) next_packet(&triggers, 0);
    pthread_t loader;
    if (pthread_create(&loader, NULL, send_loads, &loads) != 0) fail("pthread_create");
    for (int round = 0; round < rounds; round++) {
        int64_t took = is_floor ? floor_round(&b, action[6] == 'a' ? &a : &b, refusal, 300)
                                : engine_round(&a, &b, &triggers, action);
        printf("%lld\n", (long long)took);
        usleep(2 * BETWEEN_US);
    }
    loading = 0;
    pthread_join(loader, NULL);
    if (!is_floor) {
        Connection *last = strcmp(action, "reorder") == 0 ? &b : &a;
        FILE *file = fopen(words[13], "wb");
        if (file == NULL || fwrite(last->bytes, 1, last->used, file) != (size_t)last->used) fail(words[13]);
        fclose(file);
    }
    printf("next %u %ld %ld\n", omd_sequence, a.sequence, b.sequence);
    return 0;
}

static int floor_of(char **words) {
    int a = atoi(words[0]), b = atoi(words[1]);
    long size = 0;
    unsigned char *reply = load_file(words[2], &size);
    int target = words[3][0] == 'a' ? a : b;
    int poller = epoll_create1(0), watched[3] = {a, b, 0};
    for (int at = 0; at < 3; at++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = watched[at]};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, watched[at], &event) < 0) fail("epoll_ctl");
    }
    puts("ready");
    fflush(stdout);
    char buffer[65536];
    for (;;) {
        struct epoll_event events[8];
        int ready = epoll_wait(poller, events, 8, -1);
        for (int at = 0; at < ready; at++) {
            ssize_t count = read(events[at].data.fd, buffer, sizeof buffer);
            if (count <= 0) return 0;
            if (events[at].data.fd == b && write(target, reply, size) != size) fail("write");
        }
    }
}

int main(int count, char **words) {
    if (count == 16 && strcmp(words[1], "client") == 0) return client(words + 2);
    if (count == 6 && strcmp(words[1], "floor") == 0) return floor_of(words + 2);
    fprintf(stderr, "usage: repair client|floor ARGUMENTS (see the source)\n");
    return 2;
}

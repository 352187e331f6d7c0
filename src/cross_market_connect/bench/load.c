/* The sender of `xmc bench load` and `burst`: prepared datagrams at prepared times, whatever the receiver does (open loop).

   Prints the monotonic time of the schedule's zero, the largest delay of a send against its schedule, and how long
   after that zero the last was sent.

   usage: load GROUP PORT PACKETS SCHEDULE       PACKETS: (u32 length, bytes)…; SCHEDULE: u64 nanoseconds per packet */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static int64_t now_ns(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return (int64_t)moment.tv_sec * 1000000000LL + moment.tv_nsec;
}

static unsigned char *load(const char *path, long *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    unsigned char *content = malloc(*size);
    if (fread(content, 1, *size, file) != (size_t)*size) exit(1);
    fclose(file);
    return content;
}

int main(int count, char **words) {
    if (count != 5) {
        fprintf(stderr, "usage: load GROUP PORT PACKETS SCHEDULE\n");
        return 2;
    }
    int sender = socket(AF_INET, SOCK_DGRAM, 0), buffer = 8 * 1024 * 1024;
    struct in_addr loopback = {.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in group = {.sin_family = AF_INET, .sin_port = htons(atoi(words[2]))};
    inet_pton(AF_INET, words[1], &group.sin_addr);
    setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback);
    setsockopt(sender, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    long packet_bytes = 0, schedule_bytes = 0, offset = 0;
    unsigned char *packets = load(words[3], &packet_bytes);
    uint64_t *schedule = (uint64_t *)load(words[4], &schedule_bytes);
    int64_t zero = now_ns() + 50000000LL, worst = 0;
    for (long at = 0; at < schedule_bytes / 8; at++) {
        uint32_t length;
        memcpy(&length, packets + offset, sizeof length);
        offset += sizeof length;
        int64_t due = zero + (int64_t)schedule[at], now = now_ns();
        while (now < due) now = now_ns();
        if (now - due > worst) worst = now - due;
        if (sendto(sender, packets + offset, length, 0, (struct sockaddr *)&group, sizeof group) < 0) {
            perror("sendto");
            return 1;
        }
        offset += length;
    }
    printf("%lld %lld %lld\n", (long long)zero, (long long)worst, (long long)(now_ns() - zero));
    return 0;
}

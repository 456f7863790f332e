/* Addresses that the API server of 1.36 refuses: leading zeros, IPv4 in IPv6, host bits. */
#include "rules/upgrade/breakers.h"

#include <arpa/inet.h>
#include <stdio.h>

#define ADDRESS_MAX 64

/* Four numbers of up to three digits; *canonical is the address without leading zeros. */
static bool read_ipv4(const char *text, unsigned char out[static 4], bool *zeros)
{
    unsigned part[4];
    int used = 0;
    if (sscanf(text, "%3u.%3u.%3u.%3u%n", &part[0], &part[1], &part[2], &part[3], &used) != 4 ||
        text[used])
        return false;
    for (unsigned i = 0; i < 4; i++) {
        if (part[i] > 255)
            return false;
        out[i] = (unsigned char)part[i];
    }
    *zeros = false;
    for (const char *p = text; *p; p++)
        if (*p == '0' && (p == text || p[-1] == '.') && p[1] >= '0' && p[1] <= '9')
            *zeros = true;
    return true;
}

static bool has_host_bits(const unsigned char *bytes, unsigned total, unsigned prefix)
{
    for (unsigned bit = prefix; bit < total; bit++)
        if (bytes[bit / 8] & (0x80 >> (bit % 8)))
            return true;
    return false;
}

static bool is_ipv4_in_ipv6(const unsigned char bytes[static 16])
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return memcmp(bytes, mapped, sizeof mapped) == 0;
}

/* What is wrong with it, or NULL. */
static const char *judge(char *text)
{
    unsigned char bytes[16];
    bool zeros = false;
    char *slash = strchr(text, '/');
    unsigned prefix = 0;
    if (slash) {
        *slash = '\0';
        uint64_t number;
        if (!sv_to_u64(sv_of(slash + 1), &number) || number > 128)
            return NULL;
        prefix = (unsigned)number;
    }
    bool v4 = read_ipv4(text, bytes, &zeros);
    if (zeros)
        return "has leading zeros";
    if (!v4 && inet_pton(AF_INET6, text, bytes) != 1)
        return NULL;
    if (!v4 && is_ipv4_in_ipv6(bytes))
        return "is an IPv4 address inside an IPv6 one";
    if (slash && prefix <= (v4 ? 32u : 128u) && has_host_bits(bytes, v4 ? 32 : 128, prefix))
        return "has bits set behind its prefix";
    return NULL;
}

void breakers_address(const struct rules_run *run, const struct doc_node *address)
{
    char text[ADDRESS_MAX];
    struct sv v = doc_string(address);
    if (!v.len || v.len >= sizeof text)
        return;
    memcpy(text, v.ptr, v.len);
    text[v.len] = '\0';
    const char *wrong = judge(text);
    if (wrong)
        run_report(run, "ip-leading-zeros", address, "address %.*s %s", SV_ARG(v), wrong);
}

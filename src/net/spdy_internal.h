#ifndef TOBAN_NET_SPDY_INTERNAL_H
#define TOBAN_NET_SPDY_INTERNAL_H

extern const char spdy_dictionary[];
extern const unsigned spdy_dictionary_len;

#endif

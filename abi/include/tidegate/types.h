/* The types that both ABIs share. These types never grow; a type that may grow is a struct with a head, see base.h. */
#ifndef TIDEGATE_TYPES_H
#define TIDEGATE_TYPES_H

#include <stdint.h>

#include "tidegate/vocabulary/result.h"

/** The result of a call. Zero or positive: done. Negative: one of TG_E_*, and tg_last_error() returns the sentence. */
typedef int32_t tg_result;

/** UTF-8 text, not ended by a zero. Borrowed for the call unless the comment says otherwise. */
typedef struct tg_str {
  const char *ptr; /**< may be NULL when len is 0 */
  uint64_t len;    /**< bytes */
} tg_str;

/** A ticket: the proof that a session was admitted (index and generation). 0 is no ticket; releasing it does nothing. */
typedef uint64_t tg_ticket;

/** Initializes a tg_str, also a static one, with a text literal. */
#define TG_STR_INIT(literal) {literal, sizeof(literal) - 1}

/** A text literal as a tg_str. */
#ifdef __cplusplus
#define TG_STR(literal) (tg_str{literal, sizeof(literal) - 1})
#else
#define TG_STR(literal) ((tg_str){literal, sizeof(literal) - 1})
#endif

/** The peer's address: an IPv6 address, or an IPv4 address as ::ffff:a.b.c.d. All zero: not known. */
typedef struct tg_address {
  uint8_t ip[16];
  uint16_t port;      /**< 0: not known */
  uint16_t reserved0; /**< 0 */
  uint32_t scope;     /**< IPv6 zone index, or 0 */
} tg_address;

#endif /* TIDEGATE_TYPES_H */

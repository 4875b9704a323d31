/* Responses: a refusal in the terms of the peer's protocol. */
#ifndef TIDEGATE_RESPONSE_H
#define TIDEGATE_RESPONSE_H

#include "tidegate/admission.h"
#include "tidegate/base.h"
#include "tidegate/vocabulary/protocol.h"

TG_BEGIN_C

/** A refusal in the terms of a protocol. Its texts are valid for ever, except `redirect`, which belongs to the verdict. */
typedef struct tg_response {
  uint32_t struct_size;
  uint32_t abi;
  uint32_t code;          /**< HTTP, SIP and SMTP: the status code; gRPC: the status number */
  uint32_t reserved0;
  tg_str phrase;          /**< the phrase of the code, such as "Service Unavailable" */
  tg_str retry_name;      /**< header or trailer for retry_value; empty: the protocol has none, or the verdict has no hint */
  uint64_t retry_value;   /**< HTTP, SIP: seconds, rounded up; gRPC: milliseconds, rounded up */
  tg_str redirect_name;   /**< header for `redirect`; empty: none */
  tg_str redirect;        /**< the target that the peer should use instead */
} tg_response;

/**
 * Translates a refusal into the response for a peer. Paused, stopped, full: HTTP 503 and SIP 503 with Retry-After (RFC 9110 section 10.2.3,
 * RFC 3261 section 20.33), gRPC UNAVAILABLE with grpc-retry-pushback-ms, SMTP 421. With a redirect target: HTTP 307 with
 * Location, SIP 302 with Contact. A child of a session that has ended: HTTP 409, SIP 481, gRPC FAILED_PRECONDITION, SMTP 421.
 * Returns: TG_OK; TG_E_TOO_NEW; TG_E_INVALID for an unknown protocol, or a verdict that does not refuse.
 * Threads: [any]
 */
TG_API tg_result tg_verdict_response(const tg_verdict *verdict, uint32_t protocol, tg_response *response);

TG_END_C

#endif /* TIDEGATE_RESPONSE_H */

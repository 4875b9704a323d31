/* Generated from abi/vocabulary/protocols.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_PROTOCOL_H
#define TIDEGATE_VOCABULARY_PROTOCOL_H

/** Protocols for the response to a refused peer.
 *  Unknown value: TG_E_INVALID. */

/** http: HTTP/1.1 and HTTP/2, RFC 9110. */
#define TG_PROTOCOL_HTTP 1u
/** sip: SIP, RFC 3261. */
#define TG_PROTOCOL_SIP  2u
/** grpc: gRPC status codes, and the pushback of gRFC A6. */
#define TG_PROTOCOL_GRPC 3u
/** smtp: SMTP, RFC 5321 and RFC 3463. */
#define TG_PROTOCOL_SMTP 4u

#endif /* TIDEGATE_VOCABULARY_PROTOCOL_H */

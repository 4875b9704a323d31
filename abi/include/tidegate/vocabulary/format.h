/* Generated from abi/vocabulary/formats.def; do not edit. */
#ifndef TIDEGATE_VOCABULARY_FORMAT_H
#define TIDEGATE_VOCABULARY_FORMAT_H

/** Form of the built-in log, and of an event as text.
 *  Unknown value: TG_E_INVALID. */

/** text: a line for people. */
#define TG_FORMAT_TEXT 0u
/** json: one JSON object a line. */
#define TG_FORMAT_JSON 1u
/** off: nothing; only for the log. */
#define TG_FORMAT_OFF  2u

#endif /* TIDEGATE_VOCABULARY_FORMAT_H */

/* Role tidegate.config/1: the schema of a plugin's configuration, and a new configuration while the plugin runs. */
#ifndef TIDEGATE_EXT_CONFIG_H
#define TIDEGATE_EXT_CONFIG_H

#include "tidegate/base.h"

#define TG_ROLE_CONFIG "tidegate.config/1"

TG_BEGIN_C

/** The table of the role. The host asks a plugin that names the role in its note for the table before `create`, with NULL as instance. */
typedef struct tg_config {
  uint32_t struct_size;
  uint32_t abi;

  /** A JSON Schema, draft 7, valid as long as the file is loaded; empty: every configuration matches. The host checks the schema
   *  itself, and then each configuration before the plugin sees it; "default" values are not filled in. Bounds: patterns are those of
   *  ECMAScript without backreferences, and with lookaheads only at the start behind a ^; at most 200 $refs; at most a million steps to
   *  match one configuration. */
  tg_str schema;

  /**
   * Takes a new configuration as a whole, or calls host->fail(), returns a negative result and goes on unchanged. The call runs beside
   * all other calls of the plugin. NULL: a new configuration needs a reload. Threads: [load]
   */
  tg_result (*reconfigure)(void *instance, tg_str config);
} tg_config;

TG_END_C

#endif /* TIDEGATE_EXT_CONFIG_H */

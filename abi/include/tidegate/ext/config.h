/* Role tidegate.config/1: what configuration a plugin takes, and a new one while it runs. */
#ifndef TIDEGATE_EXT_CONFIG_H
#define TIDEGATE_EXT_CONFIG_H

#include "tidegate/base.h"

#define TG_ROLE_CONFIG "tidegate.config/1"

TG_BEGIN_C

/** A plugin that names this role in its note is asked for the table before `create`, with NULL for the instance. */
typedef struct tg_config {
  uint32_t struct_size;
  uint32_t abi;

  /** A JSON Schema, draft 7. The host checks each configuration against it before the plugin sees it; a member that is missing
   *  and has a "default" is not filled in. It stays as long as the file is loaded; empty: anything is taken. The schema itself
   *  is checked first. Patterns are ECMAScript's without backreferences, and with lookaheads only at the start behind a ^, so that
   *  matching has a bound; at most 200 $refs, at most a million looks at the values of one configuration. */
  tg_str schema;

  /**
   * Takes a new configuration at once, as a whole, or returns a negative result, with host->fail() before it, and goes on as it
   * was. It runs beside everything else that the plugin does. NULL: a new one needs a reload. Threads: [load]
   */
  tg_result (*reconfigure)(void *instance, tg_str config);
} tg_config;

TG_END_C

#endif /* TIDEGATE_EXT_CONFIG_H */

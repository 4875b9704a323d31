/* All headers for a server that embeds Tidegate; a plugin includes tidegate/plugin.h. */
#ifndef TIDEGATE_TIDEGATE_H
#define TIDEGATE_TIDEGATE_H

#include "tidegate/embed.h"

#endif /* TIDEGATE_TIDEGATE_H */

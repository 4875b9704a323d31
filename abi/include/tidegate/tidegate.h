/* All headers for a server that embeds Tidegate; a plugin includes tidegate/plugin.h. */
#ifndef TIDEGATE_TIDEGATE_H
#define TIDEGATE_TIDEGATE_H

#include "tidegate/admission.h"
#include "tidegate/base.h"
#include "tidegate/control_socket.h"
#include "tidegate/drain.h"
#include "tidegate/event_log.h"
#include "tidegate/host.h"
#include "tidegate/label.h"
#include "tidegate/last_error.h"
#include "tidegate/plugins.h"
#include "tidegate/response.h"
#include "tidegate/service.h"
#include "tidegate/session.h"

#endif /* TIDEGATE_TIDEGATE_H */

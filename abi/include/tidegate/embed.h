/* The embed ABI: everything between a server and the library. */
#ifndef TIDEGATE_EMBED_H
#define TIDEGATE_EMBED_H

#include "tidegate/admission.h"
#include "tidegate/base.h"
#include "tidegate/control.h"
#include "tidegate/drain.h"
#include "tidegate/event.h"
#include "tidegate/host.h"
#include "tidegate/label.h"
#include "tidegate/last_error.h"
#include "tidegate/plugins.h"
#include "tidegate/response.h"
#include "tidegate/service.h"
#include "tidegate/session.h"

#endif /* TIDEGATE_EMBED_H */

/* Everything a server that embeds Tidegate needs. */
#ifndef TIDEGATE_TIDEGATE_H
#define TIDEGATE_TIDEGATE_H

#include "tidegate/admission.h"
#include "tidegate/base.h"
#include "tidegate/control.h"
#include "tidegate/drain.h"
#include "tidegate/event.h"
#include "tidegate/host.h"
#include "tidegate/label.h"
#include "tidegate/response.h"
#include "tidegate/service.h"
#include "tidegate/session.h"

#endif /* TIDEGATE_TIDEGATE_H */
